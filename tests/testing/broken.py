"""For each check, components that it must catch: (kind, check, class, changes of the spec)."""

from __future__ import annotations

import json
import random

import torch
from torch import nn

from mmgan_core import Options
from mmgan_core import contracts as c

from . import healthy as h

BROKEN: list[tuple[str, str, type, dict[str, object]]] = []


def caught_by(kind: str, check: str, **spec: object):
    """Add a class to the broken components."""

    def add(cls: type) -> type:
        BROKEN.append((kind, check, cls, spec))
        return cls

    return add


# What it says of itself.

CONTRACT = "its class keeps the contract of its kind"


@caught_by("generator", CONTRACT)
class NoGenerator(nn.Linear):
    Options = Options
    examples = h.Generator.examples

    def __init__(self, options, sample, condition):
        super().__init__(1, 1)


@caught_by("modality", CONTRACT)
class OtherKind(h.Number):
    kind = "letter"


@caught_by("loss", "its options refuse unknown keys, and have a schema")
class Lenient(h.Loss):
    class Options(Options):
        model_config = {"extra": "allow"}  # noqa: RUF012


@caught_by("loss", "its options refuse unknown keys, and have a schema")
class NoSchema(h.Loss):
    class Options(Options):
        model_config = {"arbitrary_types_allowed": True}  # noqa: RUF012
        layer: nn.Module | None = None


@caught_by("loss", "its examples can be built, and read from a recipe")
class ChangedByFile(h.Loss):
    class Options(Options):
        parts: tuple[object, ...] = ()

    @classmethod
    def examples(cls):
        return ({"parts": ((1, 2),)},)


@caught_by("generator", "its examples can be built, and read from a recipe")
class RefusesAll(h.Generator):
    def __init__(self, options, sample, condition):
        raise h.BadValue("nothing will do")


# Shapes.

SHAPE = "its output has the declared shape, is float32 and finite"


@caught_by("generator", SHAPE)
class FixedSize(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, condition)[:, :4]


@caught_by("discriminator", SHAPE)
class Infinite(h.Discriminator):
    def forward(self, sample, condition):
        return c.Critique(super().forward(sample, condition).logits / 0)


@caught_by("encoder", SHAPE)
class Double(h.Encoder):
    def forward(self, tensors):
        return c.Encoding(super().forward(tensors).pooled.double())


SURROUNDINGS = "its other outputs are as declared too"


@caught_by("discriminator", SURROUNDINGS)
class ListOfFeatures(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, list(critique.features))


@caught_by("encoder", SURROUNDINGS)
class OddTokens(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled, tokens=pooled[:, None, :2])


@caught_by("fusion", SURROUNDINGS)
class PromisesTokens(h.Fusion):
    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        self.space = c.ConditionSpace(4, token_dim=3)


@caught_by("generator", "made samples are roughly in the range of real ones")
class FarOff(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, condition) * 1000


@caught_by("discriminator", "a batch of one works")
class Squeezed(h.Discriminator):
    def forward(self, sample, condition):
        return c.Critique(super().forward(sample, condition).logits[:, None].squeeze())


@caught_by("encoder", "it runs in bf16 under autocast, forward and backward")
class MixesTypes(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        summed = torch.zeros(len(pooled), self.dim)
        return c.Encoding(summed.index_add(0, torch.arange(len(pooled)), pooled))


# Gradients.


@caught_by("generator", "gradients reach every weight")
class UnusedLayer(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.forgotten = nn.Linear(2, 2)


@caught_by("encoder", "gradients reach every weight")
class Rounded(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled.round() + 0 * pooled)


INPUTS = "gradients reach its inputs"


@caught_by("discriminator", INPUTS)
class Detached(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample.detach(), condition)


@caught_by("augmentation", INPUTS)
class Thresholded(h.Augmentation):
    def sample(self, like):
        return lambda sample: (sample > 0).float() + 0 * sample


# Noise, condition, chance.


@caught_by("generator", "noise matters")
class IgnoresNoise(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise * 0, condition)


@caught_by("generator", "the condition matters")
class IgnoresCondition(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, c.Condition(condition.pooled * 0))


@caught_by("discriminator", "the condition matters")
class DiscriminatesAlone(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample, c.Condition(condition.pooled * 0))


PARTIAL = "the known part and the mask matter"


@caught_by("generator", PARTIAL, repairs=True)
class RepairsNothing(h.Generator):
    pass


@caught_by("generator", PARTIAL, repairs=True)
class IgnoresMask(h.Repairer):
    def forward(self, noise, condition):
        known = condition.masked.known
        masked = c.Masked(known, torch.ones_like(known))
        return super().forward(noise, c.Condition(condition.pooled, masked=masked))


@caught_by("generator", "the same seed gives the same sample")
class NoiseOfItsOwn(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise + torch.randn_like(noise), condition)


# Slopes.


class Once(torch.autograd.Function):
    """Its gradient is correct, but the gradient of that is lost."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * x.cos().detach()


@caught_by("discriminator", "its double backward agrees with finite differences")
class WrongTwice(h.Discriminator):
    def forward(self, sample, condition):
        inputs = torch.cat([sample, condition.pooled.to(sample.dtype)], dim=1)
        return c.Critique(self.head(Once.apply(self.layer(inputs))).squeeze(1))


@caught_by("augmentation", "a sampled change is the same at every call, and differentiable twice")
class DrawsLate(h.Augmentation):
    def sample(self, like):
        return lambda sample: sample + torch.rand_like(sample)


@caught_by("augmentation", "a sampled change is the same at every call, and differentiable twice")
class OtherChance(h.Augmentation):
    def sample(self, like):
        scale = random.SystemRandom().random()
        return lambda sample: sample * scale


# What augmentations say.

TOLD = "augmentation parameters have the declared size, and are finite"


@caught_by("augmentation", TOLD)
class TellsMore(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, change.augmentation_parameters.repeat(1, 2))


@caught_by("augmentation", TOLD)
class DeclaresAlone(h.Augmentation):
    def sample(self, like):
        return super().sample(like).apply


@caught_by("augmentation", TOLD)
class TellsInfinity(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, change.augmentation_parameters / 0)


MIXED = "rows are mixed only as declared"


@caught_by("augmentation", MIXED)
class TeachesBoth(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(
            lambda sample: (sample + sample[change.rows]) / 2, None, change.rows, change.share
        )


@caught_by("augmentation", MIXED)
class MixesAll(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(
            lambda sample: (sample + sample.mean(0).detach()) / 2, None, change.rows, change.share
        )


@caught_by("augmentation", MIXED)
class NoShares(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, None, change.rows)


# Rows.


@caught_by("discriminator", "rows of a training batch do not affect one another")
class Normalised(h.Discriminator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.norm = nn.BatchNorm1d(8)

    def forward(self, sample, condition):
        inputs = torch.cat([sample, condition.pooled.to(sample.dtype)], dim=1)
        return c.Critique(self.head(self.norm(self.layer(inputs))).squeeze(1))


@caught_by("generator", "a row alone gives the same result as in a batch", keeps_batch_state=True)
class Centred(h.Generator):
    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made - made.mean(0)


@caught_by("encoder", "preparing a value does not depend on the others")
class ScaledByTheChunk(h.Encoder):
    def prepare(self, values):
        prepared = self.modality.prepare(values)
        return {"prepared": prepared / prepared.abs().max()}


# Copies.

COPY = "its state is constant in evaluation mode, and a copy is independent"


@caught_by("encoder", COPY)
class Counts(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, tensors):
        self.seen += 1
        return super().forward(tensors)


@caught_by("generator", COPY)
class Clingy(h.Generator):
    def __deepcopy__(self, memo):
        return self


FILE = "it can be saved and loaded by safetensors, and averages of its weights too"


@caught_by("generator", FILE)
class Tied(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.again = nn.Linear(self.layer.in_features, self.layer.out_features)
        self.again.weight = self.layer.weight


@caught_by("generator", FILE)
class HiddenWeights(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.hidden = torch.randn(sample.shape[0])

    def forward(self, noise, condition):
        return super().forward(noise, condition) + self.hidden


@caught_by("generator", "it can be built on the meta device")
class ReadsValues(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.scale = self.layer.weight.std().item()


@caught_by("generator", "torch.export takes it", exportable=True)
class DependsOnValues(h.Generator):
    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made if float(noise.sum()) > 0 else -made


# Frozen weights.

FROZEN = "what it freezes stays as it is in training"


@caught_by("encoder", FROZEN)
class FrozenStatistics(h.Frozen):
    """Its frozen network goes into training mode with the rest."""

    def train(self, mode=True):
        return nn.Module.train(self, mode)


@caught_by("encoder", FROZEN)
class Thaws(h.Frozen):
    def train(self, mode=True):
        return super().train(mode).requires_grad_(mode)


@caught_by("encoder", FROZEN)
class Remembers(h.Frozen):
    """What it calls frozen follows what it sees."""

    def forward(self, tensors):
        with torch.no_grad():
            self.network[0].bias.lerp_(tensors["prepared"].mean(), 0.1)
        return super().forward(tensors)


# Frozen models.

MODEL = "a frozen model that it works with stays as it is in training"


@caught_by("encoder", MODEL)
class Registers(h.WithModel):
    """The frozen network is a module of its own, so that whatever trains it trains both."""

    def __init__(self, options, modality, *, model):
        super().__init__(options, modality, model=model)
        self.network = model.network


@caught_by("encoder", MODEL)
class Wakes(h.WithModel):
    """The frozen network goes into training mode with the rest."""

    def train(self, mode=True):
        self.model.network.train(mode)
        return super().train(mode)


@caught_by("encoder", MODEL)
class Writes(h.WithModel):
    """It writes into the frozen network."""

    def forward(self, tensors):
        with torch.no_grad():
            next(self.model.network.parameters()).add_(1e-3)
        return super().forward(tensors)


# Bad input.


@caught_by("generator", "a sample space that it cannot work on is refused by a BadValue")
class Unprepared(h.Generator):
    def __init__(self, options, sample, condition):
        c.Generator.__init__(self, options, sample, condition)
        self.noise_dim = 3
        (size,) = sample.shape
        self.layer = nn.Linear(3 + condition.dim, size)


@caught_by("modality", "values that it cannot read are refused by a BadValue")
class Trusting(h.Number):
    def decode(self, value):
        return [float(number) for number in value]


@caught_by("modality", "values that it cannot read are refused by a BadValue")
class TakesNothing(h.Number):
    def decode(self, value):
        return super().decode([0.0] * self.options.size if value is None else value)


# Modalities.

TENSORS = "values become tensors one by one, in the declared sample space"


@caught_by("modality", TENSORS)
class ByTheBatch(h.Number):
    def prepare(self, values):
        prepared = super().prepare(values)
        return prepared - prepared.mean(0)


@caught_by("modality", TENSORS)
class OutOfRange(h.Number):
    def to_sample(self, prepared):
        return prepared * 5


@caught_by("modality", TENSORS)
class LiesOtherwise(h.Number):
    memory_format = torch.channels_last  # its samples are (N,), no (C, H, W)


@caught_by("modality", "samples become values that it can read again")
class PresentsTensors(h.Number):
    def present(self, sample):
        return list(sample.detach())


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class NoPicture(h.Number):
    def render(self, value):
        return value


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class SavesElsewhere(h.Number):
    def save(self, value, stem):
        return stem.with_suffix(".txt")


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class CannotReadItsFile(h.Number):
    def save(self, value, stem):
        file = stem.with_name(stem.name + ".txt")
        file.write_text("numbers: " + json.dumps(value))
        return file


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class DeclaresOtherEndings(h.Number):
    endings = ("npy",)


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class SavesAScript(h.Number):
    endings = ("py",)

    def save(self, value, stem):
        return super().save(value, stem).rename(stem.with_name(stem.name + ".py"))


@caught_by("modality", "it works in worker processes")
class HoldsAFunction(h.Number):
    def __init__(self, options):
        super().__init__(options)
        self.scale = lambda value: value


@caught_by("modality", "what it suggests for data are valid options")
class SuggestsNonsense(h.Number):
    @classmethod
    def suggest(cls, column, values):
        return {"length": len(values)}


# Fusions.


@caught_by("fusion", "any subset of entries works, also none")
class DividesByCount(h.Fusion):
    def forward(self, encodings, present):
        count = sum(there.float() for there in present.values())[:, None]
        return c.Condition(super().forward(encodings, present).pooled / count)


ABSENT = "absent entries make no difference, present ones do"


@caught_by("fusion", ABSENT)
class SeesTheAbsent(h.Fusion):
    def forward(self, encodings, present):
        everything = {name: torch.ones_like(there) for name, there in present.items()}
        return super().forward(encodings, everything)


@caught_by("fusion", ABSENT)
class SeesOneOnly(h.Fusion):
    def forward(self, encodings, present):
        first = next(iter(present))
        only = {n: there & (n == first) for n, there in present.items()}
        return super().forward(encodings, only)


@caught_by("fusion", "modality dropout only hides entries")
class Invents(h.Fusion):
    def keep(self, present):
        return {name: torch.ones_like(there) for name, there in present.items()}


# Losses, alignments, penalties.


@caught_by("loss", "both losses are finite scalars, whatever the shape of the logits")
class Overflows(h.Loss):
    def generator(self, real, fake):
        return (1 + (-fake.logits).exp()).log().mean()


@caught_by("loss", "the discriminator learns to raise real logits and lower fake ones")
class Maximised(h.Loss):
    """The formula as papers print it, which is to be maximised."""

    def discriminator(self, real, fake):
        return -super().discriminator(real, fake)


@caught_by("loss", "the generator learns to raise fake logits")
class Zero(h.Loss):
    def generator(self, real, fake):
        return -super().generator(real, fake)


@caught_by("alignment", "it is a finite scalar that falls as matching encodings become alike")
class PerRow(h.Alignment):
    def forward(self, encodings, same):
        return super().forward(encodings, same) + torch.zeros(3)


@caught_by("penalty", "it is a finite scalar that trains the critic")
class TeachesNothing(h.Penalty):
    def __call__(self, critic, real, fake):
        return super().__call__(critic, real, fake).detach() * real.new_ones((), requires_grad=True)


@caught_by("penalty", "it needs a second derivative only if it declares it")
class SaysOnce(h.Penalty):
    differentiates_twice = False


@caught_by("penalty", "a steeper critic is penalised more")
class Rewards(h.Penalty):
    def __call__(self, critic, real, fake):
        return -super().__call__(critic, real, fake)


# Terms.

TEACHES = "it is a finite scalar that trains the generator"


@caught_by("auxiliary_loss", TEACHES)
class EachRow(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) + step.noise[:, 0]


@caught_by("auxiliary_loss", TEACHES)
class OfWhatIsReal(h.AuxiliaryLoss):
    def forward(self, step):
        return step.real.square().mean()


@caught_by("auxiliary_loss", TEACHES)
class SteepRoot(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake - step.fake.detach()).square().sum().sqrt()


@caught_by("auxiliary_loss", "it changes neither network")
class Freezes(h.AuxiliaryLoss):
    def forward(self, step):
        step.generator.requires_grad_(False)
        return super().forward(step)


@caught_by("auxiliary_loss", "it changes neither network")
class Shrinks(h.AuxiliaryLoss):
    def forward(self, step):
        with torch.no_grad():
            step.generator.layer.weight.mul_(0.9)
        return super().forward(step)


@caught_by("auxiliary_loss", "gradients reach every weight")
class LearnsNothing(h.AuxiliaryLoss):
    def __init__(self, options, sample):
        super().__init__(options, sample)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, step):
        return self.scale.detach() * super().forward(step)


@caught_by("auxiliary_loss", "the same seed gives the same loss")
class ChanceOfItsOwn(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) * random.SystemRandom().random()


# Metrics and data sources.


@caught_by("metric", "its numbers have a name and a direction, and are finite")
class NotANumber(h.Metric):
    def measure(self, fake, real, held_out):
        return [c.Measurement("distance", float("nan"))]


@caught_by("metric", "good samples score better than bad ones")
class WrongWay(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [c.Measurement(row.name, row.value, better="higher")]


@caught_by("metric", "good samples score better than bad ones")
class AdmiresCopies(h.Metric):
    needs_training_set = True

    def measure(self, fake, real, held_out):
        return super().measure(fake, held_out, held_out)


@caught_by("metric", "it accepts very few samples, and samples without a class that was asked for")
class NeedsMany(h.Metric):
    def measure(self, fake, real, held_out):
        if len(fake.features) < 5:
            raise ValueError("too few")
        return super().measure(fake, real, held_out)


@caught_by("data_source", "its tables have rows, columns and a digest of their content")
class NewDigest(h.DataSource):
    def tables(self, split):
        (table,) = super().tables(split)
        table.digest = str(random.SystemRandom().random())
        return [table]


@caught_by("data_source", "its splits share no content")
class OneSplit(h.DataSource):
    def tables(self, split):
        super().tables(split)
        return super().tables("train")


@caught_by("data_source", "another split is refused by a DataError")
class AnySplit(h.DataSource):
    def tables(self, split):
        return super().tables("test" if split == "test" else "train")


@caught_by("generator", "it knows the likelihood of a sample if its spec says so")
class SilentAboutLikelihood(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        return -sample.flatten(1).square().sum(1)


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class ClaimsLikelihood(h.Generator):
    pass


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class LikelihoodOfTheBatch(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        made = self(torch.zeros(len(sample), self.noise_dim), condition)
        apart = (made - sample).square()
        return -(apart if mask is None else apart * mask).mean(0).sum().expand(len(sample))


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class LikelihoodWithoutMask(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        made = self(torch.zeros(len(sample), self.noise_dim), condition)
        return -(made - sample).square().flatten(1).sum(1)
