"""The smallest GAN of real parts of which every number can be worked out by hand.

One number is made of one number: with the weights below and a given value v,

    encoder        u = w v                                 w = 0.5
    fusion         c = u where it is shown, else 0
    generator      G(z, c) = g z + h c                     g = 0.5, h = 2
    discriminator  D(x, c) = x (d + e c)                   d = 2, e = -1

and a batch of two rows: v = (1, 3), x = (3, -1), z = (2, -4). Then

    c = (0.5, 1.5)        d + e c = (1.5, 0.5)
    G = (1 + 1, -2 + 3) = (2, 1)
    D(x, c) = (4.5, -0.5), mean 2        D(G, c) = (3, 0.5), mean 1.75
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL.Image import Image
from torch import Tensor, nn

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.parts import AugmentPart, GivenPart, MakePart, Part, WeightedPart
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    Change,
    Column,
    Condition,
    ConditionSpace,
    Critic,
    Critique,
    Discriminator,
    Encoder,
    Encoding,
    EncodingSpace,
    Fusion,
    Generator,
    GeneratorStep,
    Loss,
    Modality,
    Penalty,
    SampleSpace,
)
from mmgan_core.data.feed import Batch, Feed
from mmgan_core.data.prepared import BadRow
from mmgan_core.options import Options
from mmgan_core.recipe.schema import Recipe
from mmgan_core.spec import Spec
from mmgan_core.training.phases import Networks, Phases
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

W, G, H, D, E, K = 0.5, 0.5, 2.0, 2.0, -1.0, 3.0
GIVEN, REAL, NOISE = (1.0, 3.0), (3.0, -1.0), (2.0, -4.0)


class Numbers(Modality):
    """One number a value, as it is."""

    kind = "number"

    @property
    def space(self) -> SampleSpace:
        return SampleSpace("number", (1,), low=-2.0, high=6.0)

    @property
    def mask_shape(self) -> tuple[int, ...]:
        return (1,)

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """The shape ``first`` misses the first row alone."""
        rows = torch.arange(count) < (1 if mask_kind == "first" else count)
        return rows.float()[:, None]

    def decode(self, value: object) -> object:
        return value

    def prepare(self, values: Sequence[object]) -> Tensor:
        return column(*values)  # type: ignore[arg-type]

    def present(self, sample: Tensor) -> list[object]:
        return list(sample[:, 0].tolist())

    def render(self, value: object) -> Image:
        raise NotImplementedError

    def save(self, value: object, stem: Path) -> Path:
        raise NotImplementedError


def column(*numbers: float) -> Tensor:
    """(B, 1)."""
    return torch.tensor(numbers)[:, None]


class Scaled(Encoder):
    """u = w v."""

    dim = 1

    def __init__(self, options: Options, modality: Modality) -> None:
        super().__init__(options, modality)
        self.w = nn.Parameter(torch.tensor(W))

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return Encoding(self.w * tensors["prepared"])


class Seen(Encoder):
    """u = k x, of samples too."""

    dim = 1

    def __init__(self, options: Options, modality: Modality) -> None:
        super().__init__(options, modality)
        self.k = nn.Parameter(torch.tensor(K))

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return self.of_sample(tensors["prepared"])

    def of_sample(self, sample: Tensor) -> Encoding:
        return Encoding(self.k * sample)


class Summed(Fusion):
    """c = the sum of what is shown; ``hidden`` rows are not shown in training."""

    class Options(Options):
        hidden: tuple[int, ...] = ()

    options: Options

    def __init__(self, options: Options, spaces: Mapping[str, EncodingSpace]) -> None:
        super().__init__(options, spaces)
        self.space = ConditionSpace(dim=1)

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        shown = [torch.where(present[n][:, None], encodings[n].pooled, 0.0) for n in self.dims]
        return Condition(torch.stack(shown).sum(0) @ torch.ones(1, 1))

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        kept = {name: rows.clone() for name, rows in present.items()}
        for rows in kept.values():
            rows[list(self.options.hidden)] = False
        return kept


class Line(Generator):
    """G(z, c) = g z + h c, and what it was asked."""

    noise_dim = 1

    def __init__(self, options: Options, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(options, space, condition)
        self.g = nn.Parameter(torch.tensor([[G]]))
        self.h = nn.Parameter(torch.tensor([[H]]))
        self.asked: list[tuple[Tensor, Condition, bool]] = []

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        self.asked.append((noise, condition, torch.is_grad_enabled()))
        return noise @ self.g + condition.pooled[:, :1] @ self.h


class Product(Discriminator):
    """D(x, c) = x (d + e c), twice x as its features, 3 x as its reading, and what it saw."""

    class Options(Options):
        reads: bool = False

    options: Options

    def __init__(self, options: Options, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(options, space, condition)
        self.d = nn.Parameter(torch.tensor([[D]]))
        self.e = nn.Parameter(torch.tensor([[E]]))
        self.saw: list[tuple[Tensor, Condition]] = []

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        if self.training:  # a blueprint tries it out before
            self.saw.append((sample, condition))
        pooled = condition.pooled[:, :1]
        logits = sample @ self.d + (sample * pooled) @ self.e
        reading = 3 * sample if self.options.reads else None
        return Critique(logits[:, 0], (2 * sample,), reading)


class Difference(Loss):
    """L_D = mean D(y) - mean D(x), L_G = -mean D(y); and the types of what it compared."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.kinds: list[torch.dtype] = []

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        self.kinds += [real.logits.dtype, fake.logits.dtype]
        return fake.logits.mean() - real.logits.mean()

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        self.kinds.append(fake.logits.dtype)
        assert real is None
        return -fake.logits.mean()


class Pairs(Difference):
    """The same in pairs: L_G = mean D(x) - mean D(y)."""

    needs_real_in_generator_phase: ClassVar[bool] = True

    def generator(self, real: Critique | None, fake: Critique) -> Tensor:
        assert real is not None
        return real.logits.mean() - fake.logits.mean()


class Slope(Penalty):
    """The mean of x times D's slope at real samples, and twice that at made ones."""

    def __call__(self, critic: Critic, real: Tensor, fake: Tensor) -> Tensor:
        return self.slope(critic, real) + 2 * self.slope(critic, fake)

    def slope(self, critic: Critic, sample: Tensor) -> Tensor:
        assert not sample.requires_grad
        assert not torch.is_autocast_enabled("cpu")
        leaf = sample.clone().requires_grad_(True)
        logits = critic(leaf).logits
        assert logits.dtype == torch.float32
        (slope,) = torch.autograd.grad(logits.sum(), leaf, create_graph=True)
        return (slope * sample).mean()


class Height(AuxiliaryLoss):
    """The mean of what is made."""

    def forward(self, making: GeneratorStep) -> Tensor:
        return making.fake.mean()


class Apart(Alignment):
    """The sum of u_i u_j over rows that mean the same, of the first entry."""

    def forward(self, encodings: Mapping[str, Encoding], same: Tensor) -> Tensor:
        pooled = next(iter(encodings.values())).pooled
        return (pooled @ pooled.T * same).sum()


class Raised(Augmentation):
    """Every sample 10 higher; it tells 7."""

    num_augmentation_parameters = 1

    def sample(self, like: Tensor) -> Change:
        return Change(
            lambda sample: sample + 10, augmentation_parameters=torch.full((len(like), 1), 7.0)
        )


class Same(Augmentation):
    """Nothing is changed."""

    def sample(self, like: Tensor) -> Change:
        return Change(lambda sample: sample)


class Swapped(Augmentation):
    """A quarter of each row's own and three quarters of the other's."""

    def sample(self, like: Tensor) -> Change:
        rows = torch.arange(len(like)).flip(0)
        share = torch.full((len(like),), 0.25)
        return Change(lambda x: 0.25 * x + 0.75 * x[rows].detach(), rows=rows, share=share)


def part(cls: Any, **options: Any) -> Part:
    """A chosen component."""
    spec = Spec(f"by-hand/{cls.__name__.lower()}", f"by_hand:{cls.__name__}", "worked out by hand")
    return Part(spec, cls, cls.Options(**options), "by.hand")


def weighted(cls: Any, weight: Any = 1.0, every: int = 1) -> WeightedPart:
    """A penalty or a term."""
    return WeightedPart(part(cls), weight, every)


def augmented(cls: Any, **settings: Any) -> AugmentPart:
    """An augmentation; always, when nothing is said."""
    return AugmentPart(part(cls), **{"probability": 1.0, **settings})


@dataclass(frozen=True)
class Choice:
    """What a test changes of the GAN by hand."""

    loss: Any = Difference
    penalties: Sequence[WeightedPart] = ()
    auxiliary_losses: Sequence[WeightedPart] = ()
    augment: Sequence[AugmentPart] = ()
    data_augment: Sequence[AugmentPart] = ()
    align: Any = None
    hidden: tuple[int, ...] = ()
    given: Sequence[str] = ("a",)
    made: Sequence[str] = ("x",)
    make: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)


def drawn_up(chosen: Choice) -> Blueprint:
    """The blueprint, as a recipe and a catalogue would make it."""
    made = {
        "generator": "by-hand/line",
        "discriminator": "by-hand/product",
        "loss": "by-hand/difference",
    }
    if chosen.make.get("adversarial_start"):
        made["auxiliary_losses"] = ["by-hand/height"]  # type: ignore[assignment]
    recipe = Recipe.model_validate(
        {
            "data": "by-hand/none",
            "given": {name: {"encoder": "by-hand/scaled"} for name in chosen.given},
            "make": {name: {**made, **chosen.make} for name in chosen.made},
            "train": {
                "batch_size": 2,
                "samples": 8,
                "optimizer": "sgd",
                "learning_rate": 0.1,
                **chosen.train,
            },
            **chosen.recipe,
        }
    )
    reads = bool(recipe.make[chosen.made[0]].auxiliary_classifier)
    modality = part(Numbers)
    make = MakePart(
        "x",
        modality,
        part(Line),
        part(Product, reads=reads),
        part(chosen.loss),
        tuple(chosen.penalties),
        tuple(chosen.auxiliary_losses),
        tuple(chosen.augment),
        tuple(chosen.data_augment),
    )
    return Blueprint(
        recipe,
        {name: GivenPart(name, modality, part(Scaled)) for name in chosen.given},
        dict.fromkeys(chosen.made, make),
        part(Summed, hidden=chosen.hidden) if chosen.given else None,
        part(chosen.align) if chosen.align else None,
        {name: modality.build() for name in (*chosen.given, *chosen.made)},
        align_made={name: part(Seen) for name in (recipe.align.made if recipe.align else ())},
    )


@dataclass(frozen=True)
class Game:
    """Networks and phases by hand."""

    blueprint: Blueprint
    networks: Networks
    phases: Phases

    def play(
        self, side: str, *, step: int = 0, samples: int = 0, batch: Batch | None = None
    ) -> tuple[float, dict[str, float], dict[str, float]]:
        """A phase on the batch: the loss, the metrics, and the gradient of each weight."""
        found = self.losses(side, step=step, samples=samples, batch=batch)
        for name, value in found[1].items():
            assert value.shape == (), name
            assert not value.requires_grad, name
        for weight in self.networks.parameters():
            weight.grad = None
        if found[0].requires_grad:
            found[0].backward()
        slopes = {
            name.split(".")[-1]: weight.grad.sum().item()
            for name, weight in self.networks.named_parameters()
            if weight.grad is not None
        }
        return found[0].item(), {k: v.item() for k, v in found[1].items()}, slopes

    def losses(
        self, side: str, *, step: int = 0, samples: int = 0, batch: Batch | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The same with gradients attached."""
        phase = self.phases.discriminator if side == "discriminator" else self.phases.generator
        batch = batch or two_rows(self.blueprint)
        noise = {name: column(*NOISE[: len(batch.meaning)]) for name in self.blueprint.make}
        return phase(batch, noise, step=step, samples=samples)


def two_rows(
    blueprint: Blueprint,
    meaning: Sequence[int] = (0, 1),
    given: Sequence[float] = GIVEN,
    real: Sequence[float] = REAL,
) -> Batch:
    """The batch; every given entry holds the same, and so does every made one."""
    return Batch(
        {name: {"prepared": column(*given)} for name in blueprint.given},
        {name: column(*real) for name in blueprint.make},
        torch.tensor(meaning),
    )


def game(**chosen: Any) -> Game:
    """A game with some things chosen."""
    blueprint = drawn_up(Choice(**chosen))
    networks = Networks(blueprint)
    return Game(blueprint, networks, Phases(blueprint, networks))


class Rows:
    """A table in memory."""

    def __init__(self, **columns: Sequence[object]) -> None:
        self._columns = columns
        self.columns: Mapping[str, Column] = {name: Column(name) for name in columns}
        self.digest = repr(columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self._columns[column][row] for row in rows]

    def where(self, row: int) -> str:
        return f"row {row}"


class Alone(Processes):
    """One process, or one of several, without the others; it notes what it is asked."""

    def __init__(self, rank: int = 0, count: int = 1, factor: float = 1.0) -> None:
        self.device = torch.device("cpu")
        self.count, self.rank, self.main = count, rank, rank == 0
        self.factor = factor
        self.averaged: list[list[float]] = []
        self.waited = 0

    def wait(self) -> None:
        self.waited += 1

    def begin_averaging(self, parameters: Sequence[nn.Parameter]) -> None:
        """Nobody is there to send anything to."""

    def average_gradients(self, parameters: Sequence[nn.Parameter]) -> None:
        """The gradients times a factor, as though others had found other ones."""
        for parameter in parameters:
            assert parameter.grad is not None
            parameter.grad *= self.factor
        self.averaged.append([p.grad.item() for p in parameters if p.grad is not None])


class Alternating(Feed):
    """The two rows in turns; in the generator phase the given values are twice as large."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []
        self.tables: Any = [Rows(a=GIVEN), Rows(x=REAL)]
        self.bad_rows: dict[str, tuple[BadRow, ...]] = {}

    def __len__(self) -> int:
        return 2

    @property
    def bad(self) -> dict[str, tuple[BadRow, ...]]:
        return self.bad_rows

    def batch(self, phase: int, start: int, count: int, device: torch.device) -> Batch:
        self.asked.append((phase, start, count))
        rows = torch.arange(start, start + count) % 2
        given = column(*GIVEN)[rows] * (1 + phase)
        return Batch({"a": {"prepared": given}}, {"x": column(*REAL)[rows]}, rows)


def trainer(processes: Processes | None = None, **chosen: Any) -> Trainer:
    """A trainer of the networks by hand."""
    blueprint = drawn_up(Choice(**chosen))
    return Trainer(blueprint, Networks(blueprint), Alternating(), processes or Alone())
