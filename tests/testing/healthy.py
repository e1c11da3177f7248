"""A small healthy component of every kind, from which broken components are derived."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from mmgan_core import BadValue, DataError, Options
from mmgan_core import contracts as c
from mmgan_core.options import ModelRef

KIND = "number"
SIZE = 6


class SizeOptions(Options):
    size: int = SIZE


class Number(c.Modality):
    """A list of numbers from -1 to 1, as JSON."""

    kind = KIND
    Options = SizeOptions

    @property
    def space(self):
        return c.SampleSpace(KIND, (self.options.size,))

    @property
    def mask_shape(self):
        return self.space.shape

    def decode(self, value):
        try:
            numbers = json.loads(value) if isinstance(value, str | bytes) else value
            found = [min(1.0, max(-1.0, float(number))) for number in numbers]
        except (TypeError, ValueError) as error:
            raise BadValue(f"{value!r:.20} is no list of numbers") from error
        if len(found) != self.options.size:
            raise BadValue(f"it needs {self.options.size} numbers")
        return found

    def prepare(self, values):
        return torch.tensor([self.decode(value) for value in values])

    def present(self, sample):
        return sample.detach().clamp(-1, 1).tolist()

    def render(self, value):
        return Image.new("L", (8, 8))

    def save(self, value, stem):
        file = stem.with_name(stem.name + ".txt")
        file.write_text(json.dumps(value))
        return file


class Encoder(c.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.dim = 5
        self.layer = nn.Linear(modality.space.shape[0], self.dim)

    def forward(self, tensors):
        return c.Encoding(self.layer(self.modality.to_sample(tensors["prepared"])))


class Frozen(Encoder):
    """A frozen network, in evaluation mode for good, and a layer that learns."""

    def __init__(self, options, modality):
        super().__init__(options, modality)
        size = modality.space.shape[0]
        self.network = nn.Sequential(nn.Linear(size, size), nn.BatchNorm1d(size))
        self.network.eval().requires_grad_(False)

    def train(self, mode=True):
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, tensors):
        seen = self.network(self.modality.to_sample(tensors["prepared"]))
        return c.Encoding(self.layer(seen))


class WithModel(Encoder):
    """An encoder with a frozen model beside it, which it looks at and leaves alone."""

    class Options(Options):
        model: ModelRef

    @classmethod
    def examples(cls):
        return ({"model": "tiny-dense"},)

    def __init__(self, options, modality, *, model):
        super().__init__(options, modality)
        self.model = model

    def forward(self, tensors):
        with torch.no_grad():
            shift = self.model.decode("label", torch.zeros(1, self.model.condition_dim)).mean()
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled + shift.to(pooled))


class Fusion(c.Fusion):
    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        self.space = c.ConditionSpace(4)
        self.layers = nn.ModuleDict({name: nn.Linear(size, 4) for name, size in self.dims.items()})

    def forward(self, encodings, present):
        total = 0
        for name, layer in self.layers.items():
            total = total + torch.where(present[name][:, None], layer(encodings[name].pooled), 0.0)
        return c.Condition(total)


class Alignment(c.Alignment):
    def __init__(self, options, dims):
        super().__init__(options, dims)
        self.layers = nn.ModuleDict({name: nn.Linear(size, 4) for name, size in self.dims.items()})

    def forward(self, encodings, same):
        units = [
            functional.normalize(layer(encodings[n].pooled).float(), dim=1)
            for n, layer in self.layers.items()
        ]
        likeness = units[0] @ torch.stack(units[1:]).mean(0).T
        return ((1 - likeness) * same + (1 + likeness) * ~same).mean()


class Generator(c.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        if len(sample.shape) != 1:
            raise BadValue(f"samples must be (N,), not {sample.shape}")
        self.noise_dim = 3
        self.layer = nn.Linear(3 + condition.dim, sample.shape[0])

    def forward(self, noise, condition):
        return torch.tanh(self.layer(torch.cat([noise, condition.pooled.to(noise.dtype)], dim=1)))


class Repairer(Generator):
    """Its inputs are the noise, the known part and the mask."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        if condition.mask_shape is None:
            raise BadValue("it fills in what is missing: add repair: to the recipe")
        self.look = nn.Linear(2 * sample.shape[0], sample.shape[0])

    def forward(self, noise, condition):
        masked = condition.masked
        seen = self.look(torch.cat([masked.known, masked.mask.expand_as(masked.known)], dim=1))
        return torch.tanh(super().forward(noise, condition) + seen)


class Discriminator(c.Discriminator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        if len(sample.shape) != 1:
            raise BadValue(f"samples must be (N,), not {sample.shape}")
        self.layer = nn.Linear(sample.shape[0] + condition.dim, 8)
        self.head = nn.Linear(8, 1)

    def forward(self, sample, condition):
        inputs = torch.cat([sample, condition.pooled.to(sample.dtype)], dim=1)
        hidden = functional.silu(self.layer(inputs))
        return c.Critique(self.head(hidden).squeeze(1), (hidden,))


class JointDiscriminator(c.JointDiscriminator):
    def __init__(self, options, spaces, condition):
        super().__init__(options, spaces, condition)
        size = sum(math.prod(space.shape) for space in spaces.values()) + condition.dim
        self.layer, self.head = nn.Linear(size, 8), nn.Linear(8, 1)

    def forward(self, samples, condition):
        flat = [samples[name].flatten(1) for name in self.spaces]
        inputs = torch.cat([*flat, condition.pooled.to(flat[0].dtype)], dim=1)
        return c.Critique(self.head(functional.silu(self.layer(inputs))).squeeze(1))


class Loss(c.Loss):
    def discriminator(self, real, fake):
        terms = functional.softplus(-real.logits).mean(), functional.softplus(fake.logits).mean()
        return terms[0] + terms[1]

    def generator(self, real, fake):
        return functional.softplus(-fake.logits).mean()


class Penalty(c.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        logits = critic(leaf).logits.sum()
        (slope,) = torch.autograd.grad(logits, leaf, create_graph=True)
        return slope.square().flatten(1).sum(1).mean()


class AuxiliaryLoss(c.AuxiliaryLoss):
    """Pulls the mean of made samples towards the mean of real ones."""

    def __init__(self, options, sample):
        super().__init__(options, sample)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, step):
        self.calls += 1
        return (step.fake.float().mean(0) - step.real.float().mean(0)).square().mean()


class Augmentation(c.Augmentation):
    num_augmentation_parameters = 1

    def sample(self, like):
        more = torch.rand(len(like), 1, device=like.device)
        scale = (1 + 0.1 * more).view(-1, *[1] * (like.dim() - 1))
        return c.Change(lambda sample: sample * scale, more)


class Mixing(c.Augmentation):
    """Mixes each row with a share of the next."""

    def sample(self, like):
        rows = torch.arange(len(like), device=like.device).roll(1)
        share = torch.rand(len(like), device=like.device)
        of_row = share.view(-1, *[1] * (like.dim() - 1))
        return c.Change(
            lambda sample: torch.lerp(sample[rows].detach(), sample, of_row), None, rows, share
        )


class Metric(c.Metric):
    def measure(self, fake, real, held_out):
        def apart(one, other):
            return float((one.features.mean(0) - other.features.mean(0)).norm())

        return [c.Measurement("distance", apart(fake, real), apart(held_out, real), better="lower")]


class Explainer(c.Explainer):
    def explain(self, explained):
        if not explained.given:
            return []
        without = {
            name: explained.change({n: v for n, v in explained.given.items() if n != name})
            for name in explained.given
        }
        return [
            c.Explanation(
                title="entries",
                units=tuple(without),
                influence=tuple(float(change.mean()) for change in without.values()),
                measure="change",
                believe="Nothing tests it.",
            )
        ]


class Signs(torch.optim.Optimizer):
    """Moves by the sign of a mean of gradients, ever less; counts steps in Python."""

    def __init__(self, groups, keep):
        super().__init__(groups, {"keep": keep, "lr": 0.1})

    def kept(self, weight):
        return self.state[weight]

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            group["steps"] = group.get("steps", 0) + 1
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.kept(weight)
                mean = state.setdefault("mean", torch.zeros_like(weight))
                mean.lerp_(weight.grad, 1 - group["keep"])
                state["decay"] = state.get("decay", 1.0) * 0.9
                by = group["lr"] * state["decay"] / group["steps"]
                weight.sub_(by * mean.sign())


class Optimizer(c.Optimizer):
    class Options(Options):
        keep: float = 0.5

    def build(self, groups):
        return Signs([dict(group) for group in groups], **self.settings())


class Table:
    """Ten rows of numbers and a label."""

    def __init__(self, split):
        self.split = split
        self.columns = {"number": c.Column("number", KIND), "label": c.Column("label", "label")}
        self.digest = hashlib.sha256(split.encode()).hexdigest()

    def __len__(self):
        return 10

    def values(self, column, rows):
        shift = 0.05 * (self.split == "test")
        return [f"row {row}" if column == "label" else [row / 10 + shift] * SIZE for row in rows]

    def where(self, row):
        return f"{self.split} row {row}"


class DataSource(c.DataSource):
    def tables(self, split):
        if split not in ("train", "test"):
            raise DataError(f"there is no split {split!r}")
        return [Table(split)]


HEALTHY = {
    "modality": Number,
    "encoder": Encoder,
    "alignment": Alignment,
    "fusion": Fusion,
    "generator": Generator,
    "discriminator": Discriminator,
    "joint_discriminator": JointDiscriminator,
    "loss": Loss,
    "penalty": Penalty,
    "auxiliary_loss": AuxiliaryLoss,
    "augmentation": Augmentation,
    "metric": Metric,
    "explainer": Explainer,
    "data_source": DataSource,
    "optimizer": Optimizer,
}
HERE = Path(__file__)
