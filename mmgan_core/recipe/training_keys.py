"""The keys of a recipe that say how its GAN is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from mmgan_core.recipe.choices import (
    BelowOne,
    Choice,
    ComponentChoice,
    HalfLife,
    NotNegative,
    Positive,
    Section,
    one_whole_number,
)


class LearningRates(Section):
    """A learning rate for each of the two networks."""

    generator: NotNegative = Field(description="learning rate of the generator")
    discriminator: NotNegative = Field(description="learning rate of all other networks")


class Ema(Section):
    """The exponential moving average of the weights, which makes the samples."""

    half_life: HalfLife = Field(
        10_000, description="samples after which a weight counts for half in the average"
    )
    warm_up: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="the half-life is at most this fraction of the samples seen, so that early "
        "samples are of weights that have learned; 0: no warm-up",
    )


BETAS = (0.0, 0.99)


def _named(chosen: object) -> object:
    if isinstance(chosen, Mapping) and "use" not in chosen:
        raise ValueError("must name the optimiser of these options: {use: core/adam, ...}")
    return chosen


class Train(Section):
    """How the GAN is trained. Time is counted in samples seen, so the batch size can change."""

    samples: int = Field(500_000, ge=1, description="how many real samples training sees in all")
    batch_size: int = Field(64, ge=1, description="samples in a phase, over all processes")
    n_critic: Annotated[int, BeforeValidator(one_whole_number)] = Field(
        1,
        ge=1,
        le=1_000,
        description="discriminator phases before each generator phase, each on a new batch",
    )
    encoders: Literal["discriminator", "generator"] | None = Field(
        None,
        description="with which network encoders and fusion learn; default: the discriminator, "
        "or the generator if there is no discriminator",
    )
    accumulate: Annotated[int, BeforeValidator(one_whole_number)] = Field(
        1,
        ge=1,
        le=10_000,
        description="parts in which the samples of a phase are computed one after another, to save "
        "memory; their gradients are averaged for one step",
    )
    optimizer: Annotated[Literal["adam", "sgd"] | Choice, BeforeValidator(_named)] = Field(
        "adam",
        description="the optimiser of all networks: a component; adam is short for core/adam with "
        "these betas, sgd for core/sgd",
    )
    learning_rate: NotNegative | LearningRates = Field(
        2e-4, description="one learning rate for all networks, or one for each of the two"
    )
    warm_up: int = Field(
        0, ge=0, description="samples over which all learning rates rise in a line from nothing"
    )
    rates: dict[str, NotNegative] = Field(
        {},
        description="factors of the learning rate by part, such as {given.text.encoder: 0.1}; a "
        "part is named by its place in the recipe, several by what their places begin with",
    )
    betas: tuple[BelowOne, BelowOne] = Field(
        BETAS, description="Adam's two decay rates, for optimizer: adam"
    )
    ema: Ema = Field(Ema(half_life=10_000), description="the average of the weights")
    precision: Literal["fp32", "bf16"] = Field(
        "fp32", description="the precision of the networks; bf16 is for GPUs and CPUs that have it"
    )
    compile: bool = Field(
        False,
        description="compile both phases of a step with torch.compile, each as one graph; it needs "
        "a minute or more before the first step, and a compiler of C++ (CPU) or Triton (GPU)",
    )
    clip_gradient: Positive | None = Field(
        None, description="largest norm of a network's gradient; default: no limit"
    )
    log_every: int | None = Field(
        None,
        ge=1,
        description="samples between lines of metrics; default: at 500, 1,000, 2,000 and 4,000, "
        "then every 5,000",
    )
    sample_every: int | None = Field(
        None,
        ge=1,
        description="samples between sample sheets; default: at 500, 1,000, 2,000 and so on, "
        "twice as many each time, then every 50,000",
    )
    checkpoint_every: int = Field(100_000, ge=1, description="samples between checkpoints")
    keep: int = Field(2, ge=1, description="how many checkpoints are kept")
    tensorboard: bool = Field(False, description="also write event files for TensorBoard")

    @model_validator(mode="after")
    def _betas_are_read(self) -> Train:
        # A resolved recipe says all defaults, also this one.
        if isinstance(self.optimizer, ComponentChoice) and self.betas != BETAS:
            use = self.optimizer.use
            raise ValueError(
                f"betas are for `optimizer: adam`, and {use} does not read them: give them to the "
                f"component, optimizer: {{use: {use}, betas: [...]}}, or leave them out"
            )
        return self
