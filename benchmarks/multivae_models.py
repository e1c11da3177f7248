"""MultiVae's models as contestants of `coherence.py`, each trained for a given CPU time.

    pip install multivae

Senellart et al. 2025, "MultiVae: a Python package for multimodal variational autoencoders",
https://github.com/AgatheSenellart/MultiVae. The models are trained by the package's own trainers
with its own networks: those it has for PolyMNIST where all entries are pictures of that size, else
its default ones. Its choices for PolyMNIST hold here: Laplace likelihoods for pictures, likelihoods
rescaled by size.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

LABEL = "label"
POLYMNIST = (3, 28, 28)


@dataclass(frozen=True)
class Setting:
    """One place of the grid.

    Attributes:
        model: MVTCAE, MMVAEPlus, MoPoE or JNF.
        networks: ``conv`` or ``resnet``, MultiVae's for PolyMNIST; or ``default``.
        latent: size of the latent space; MMVAEPlus has a private one of the same size beside it.
        options: options of its config.
    """

    model: str
    networks: str
    latent: int
    options: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A name for files and tables."""
        options = "".join(f"-{key}{value:g}" for key, value in self.options.items())
        return f"{self.model}-{self.networks}-{self.latent}{options}"


def grid(pictures: bool) -> list[Setting]:
    """What is tried: pictures of PolyMNIST's size have networks of their own."""
    networks = "conv" if pictures else "default"
    found = []
    for beta in (1.0, 2.5):
        found += [
            Setting("MVTCAE", networks, 64, {"beta": beta}),
            Setting("MMVAEPlus", networks, 32, {"K": 1, "beta": beta}),
            Setting("MoPoE", networks, 64, {"beta": beta}),
        ]
    found += [
        Setting("MVTCAE", networks, 256, {"beta": 2.5}),
        Setting("MoPoE", networks, 256, {"beta": 1.0}),
        Setting("JNF", networks, 32),
        Setting("JNF", networks, 64),
    ]
    if pictures:  # its authors' networks, which take far longer for an epoch
        found.append(Setting("MMVAEPlus", "resnet", 32, {"K": 1, "beta": 2.5}))
    return found


def imported() -> Any:
    """The package, or a message how to get it."""
    try:
        import multivae.data.datasets
        import multivae.models
        import multivae.models.base
        import multivae.models.nn.mmnist
        import multivae.samplers
        import multivae.trainers
        import multivae.trainers.base.callbacks
    except ImportError as error:
        raise SystemExit(
            f"MultiVae cannot be imported ({error}): pip install multivae, in an environment of "
            "its own if you like, or leave it out with --only ours half"
        ) from None
    return multivae


def to_unit(samples: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Samples from -1 to 1 as samples from 0 to 1, which MultiVae's decoders make."""
    return {name: (tensor + 1) / 2 for name, tensor in samples.items()}


def data_of(samples: Mapping[str, Tensor], label: Tensor | None) -> dict[str, Tensor]:
    """What a model is trained on or given: samples from 0 to 1, and labels as one of ten."""
    found = to_unit(samples)
    if label is not None:
        found[LABEL] = one_hot(label, 10).float()
    return found


class _TimeUp(Exception):
    """Training has had its time."""


def trained(
    setting: Setting,
    data: Mapping[str, Tensor],
    seconds: float,
    *,
    masks: Mapping[str, Tensor] | None = None,
    batch: int = 64,
    rate: float = 1e-3,
    seed: int = 0,
) -> tuple[Any, float, int]:
    """Train a model for about this CPU time; return it, the time it took, and its epochs.

    Args:
        masks: for each entry, the rows that have a value, (N,); None if all have.
    """
    package = imported()
    torch.manual_seed(seed)
    model = _built(package, setting, {name: tuple(t.shape[1:]) for name, t in data.items()})
    if masks is None:
        dataset = package.data.datasets.MultimodalBaseDataset(dict(data))
    else:
        dataset = package.data.datasets.IncompleteDataset(dict(data), dict(masks))
    staged = bool(getattr(model, "reset_optimizer_epochs", []))
    trainers = package.trainers
    with tempfile.TemporaryDirectory() as folder:
        config_of = trainers.MultistageTrainerConfig if staged else trainers.BaseTrainerConfig
        config = config_of(
            output_dir=folder,
            num_epochs=10**6,
            per_device_train_batch_size=batch,
            learning_rate=rate,
            no_cuda=True,
            seed=seed,
        )
        clock = _clock(package, seconds, staged)
        trainer_of = trainers.MultistageTrainer if staged else trainers.BaseTrainer
        trainer = trainer_of(model, dataset, training_config=config, callbacks=[clock])
        clock.trainer = trainer
        clock.start()
        with suppress(_TimeUp):
            trainer.train()
    return trainer._best_model.eval(), clock.spent, clock.epochs


def _clock(package: Any, seconds: float, staged: bool) -> Any:
    class Clock(package.trainers.base.callbacks.TrainingCallback):  # type: ignore[misc, name-defined]
        """Ends training, and the first stage of two in the middle, when the time has come."""

        trainer: Any = None
        spent, epochs = 0.0, 0

        def start(self) -> None:
            self.began = time.process_time()
            if staged:
                self.trainer.model.warmup = math.inf
                self.trainer.model.reset_optimizer_epochs = []

        def on_epoch_end(self, training_config: Any, **kwargs: Any) -> None:
            self.epochs += 1
            self.spent = time.process_time() - self.began
            if self.spent >= seconds:
                raise _TimeUp
            if staged and self.spent >= seconds / 2:
                # The trainer goes on with the best model so far.
                for model in (self.trainer.model, self.trainer._best_model):
                    if model.warmup == math.inf:
                        model.warmup = self.epochs
                        model.reset_optimizer_epochs = [self.epochs + 1]

    return Clock()


def _built(package: Any, setting: Setting, sizes: Mapping[str, tuple[int, ...]]) -> Any:
    models = package.models
    private = setting.latent if setting.model == "MMVAEPlus" else 0
    dists = {
        name: "categorical" if name == LABEL else "laplace" if len(size) == 3 else "normal"
        for name, size in sizes.items()
    }
    options: dict[str, Any] = dict(setting.options)
    if "K" in options:
        options["K"] = int(options["K"])
    if private:
        options["modalities_specific_dim"] = private
    config = getattr(models, f"{setting.model}Config")(
        n_modalities=len(sizes),
        latent_dim=setting.latent,
        input_dims=dict(sizes),
        uses_likelihood_rescaling=True,
        decoders_dist=dists,
        decoder_dist_params={n: {"scale": 0.75} for n, d in dists.items() if d == "laplace"},
        **options,
    )
    if setting.networks == "default":
        return getattr(models, setting.model)(config)
    networks = {name: _networks(package, setting, private) for name in sizes}
    return getattr(models, setting.model)(
        config,
        encoders={name: encoder for name, (encoder, _) in networks.items()},
        decoders={name: decoder for name, (_, decoder) in networks.items()},
    )


def _networks(package: Any, setting: Setting, private: int) -> tuple[Any, Any]:
    """An encoder and a decoder of PolyMNIST."""
    nets, base = package.models.nn.mmnist, package.models.base
    whole = setting.latent + private
    if setting.networks == "resnet":
        return nets.EncoderResnetMMNIST(private, setting.latent), nets.DecoderResnetMMNIST(whole)
    decoder = nets.DecoderConvMMNIST(base.BaseAEConfig(latent_dim=whole))
    config = base.BaseAEConfig(latent_dim=setting.latent, style_dim=private)
    encoder = nets.EncoderConvMMNIST_multilatents if private else nets.EncoderConvMMNIST
    return encoder(config), decoder


@torch.no_grad()
def made(
    model: Any, data: Mapping[str, Tensor], given: Sequence[str], entries: Sequence[str], seed: int
) -> dict[str, Tensor]:
    """Samples from -1 to 1 of entries, given others."""
    package = imported()
    with _seeded(seed):
        rows = package.data.datasets.MultimodalBaseDataset(dict(data))
        return _samples(model.predict(rows, cond_mod=list(given), gen_mod=list(entries)), entries)


@torch.no_grad()
def made_of_nothing(
    model: Any, data: Mapping[str, Tensor], entries: Sequence[str], count: int, seed: int
) -> dict[str, dict[str, Tensor]]:
    """Samples of all entries together, by what is sampled: the prior, or a mixture fitted to data.

    A mixture cannot be fitted to rows that lack values, so complete rows are used.
    """
    package = imported()
    with _seeded(seed):
        prior = model.generate_from_prior(count)
        found = {"prior": _samples(model.decode(prior, list(entries)), entries)}
        sampler = package.samplers.GaussianMixtureSampler(model)
        sampler.fit(package.data.datasets.MultimodalBaseDataset(dict(data)))
        found["mixture"] = _samples(model.decode(sampler.sample(count), list(entries)), entries)
    return found


def _samples(output: Any, entries: Sequence[str]) -> dict[str, Tensor]:
    return {name: (output[name].float() * 2 - 1).clamp(-1, 1) for name in entries}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
