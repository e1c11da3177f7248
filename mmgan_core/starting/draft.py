"""A recipe for chosen columns, samples, networks and numbers, with the reason for each choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mmgan_core.foundation import half_precision
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Starter, Suggestion
from mmgan_core.starting.budget import WANTED, Numbers, Wish
from mmgan_core.starting.columns import LABEL
from mmgan_core.starting.made_samples import Samples
from mmgan_core.starting.names import entry_names
from mmgan_core.starting.roles import Role, is_text
from mmgan_core.starting.rules import rules
from mmgan_core.starting.suggest import best_setting, width_of
from mmgan_core.starting.suggested import modality_of, spelt, suggested_for

# Size of the encodings that are compared with each other.
DIM = 64
LOSS = "objectives/relativistic"
PENALTIES, WEIGHT = ("objectives/r1", "objectives/r2"), 0.5
Entry = dict[str, object]


@dataclass(frozen=True)
class Ground:
    """What stands whatever fits the time: the data, and what becomes of its columns.

    Attributes:
        data: the data section.
        made: the made column.
        given: the given columns.
        encoders: the encoder of each given column, and why it is that one.
        pair_on: the column on which tables are paired; "" for a single table.
        bad: the fraction of rows that cannot be read.
    """

    data: str
    made: Role
    given: Sequence[Role]
    encoders: Mapping[str, tuple[Suggestion, str]]
    pair_on: str = ""
    bad: float = 0.0

    @property
    def names(self) -> dict[str, str]:
        """The names of the entries, by column."""
        return entry_names([self.made.name, *(role.name for role in self.given)])

    @property
    def starter(self) -> Starter:
        """What the made column's modality suggests."""
        return suggested_for(self.made.seen.column)


@dataclass
class Draft:
    """A recipe, and by dotted key the reasons for what it says."""

    recipe: dict[str, object]
    why: dict[str, str] = field(default_factory=dict)


def drafted(
    ground: Ground,
    samples: Samples,
    networks: tuple[Suggestion, Suggestion],
    numbers: Numbers,
    wish: Wish,
) -> Draft:
    """Return the recipe.

    Args:
        ground: the data, and what becomes of its columns.
        samples: the modality of the made entry.
        networks: its generator and its discriminator, "" if auxiliary losses teach alone.
        numbers: the numbers of its training.
        wish: what there is to spend, and for what.
    """
    draft = Draft({"data": ground.data})
    if ground.bad > 0.01:
        draft.recipe["bad_rows"] = _allowed(ground.bad, ground.made.seen.rows)
        draft.why["bad_rows"] = (
            f"About {ground.bad:.1%} of the rows cannot be read, perhaps more of those for testing."
        )
    if ground.given:
        _add_given(draft, ground, adversarial=bool(networks[1]))
    draft.recipe["make"] = {
        ground.names[ground.made.name]: _made(draft, ground, samples, networks, numbers, wish)
    }
    rate = 0.0 if wish.repair or samples.window is not None else ruled_rate(networks, numbers)
    draft.recipe["train"] = _train(draft, numbers, rate, adversarial=bool(networks[1]))
    return draft


def _allowed(bad: float, rows: int) -> float:
    """Return a fraction of bad rows that a test split of a tenth hardly exceeds, by two sigmas."""
    testing = max(1.0, rows / 9)
    expected = bad * testing
    return min(0.99, math.ceil(100 * (expected + 2 * math.sqrt(expected) + 1) / testing) / 100)


def _add_given(draft: Draft, ground: Ground, *, adversarial: bool) -> None:
    given: dict[str, Entry] = {}
    for role in ground.given:
        name = ground.names[role.name]
        encoder, said = ground.encoders[role.name]
        entry = _entry(name, role, role.seen.options)
        entry["encoder"] = encoder
        if role.seen.missing:
            entry["may_be_missing"] = True
        given[name] = entry
        draft.why[f"given.{name}"] = "; ".join(filter(None, (role.why, said)))
    draft.recipe["given"] = given
    _add_alignment(draft, ground, adversarial=adversarial)
    several = len(given) > 1
    if ground.pair_on and several:
        fusion: Entry = {"use": "core/product-of-experts", "dim": DIM, "drop": 0.5}
    else:
        fusion = {"use": "core/concatenation", "dim": DIM, "drop": 0.1, "drop_all": 0.02}
    draft.recipe["fusion"] = fusion
    draft.why["fusion"] = "Training hides an entry so often, so that any of them may be left out."
    draft.recipe["prior"] = {"components": 32}
    draft.why["prior"] = (
        "Entries that are not given are drawn; mixed data may need more components."
    )


def _add_alignment(draft: Draft, ground: Ground, *, adversarial: bool) -> None:
    learning = [role for role in ground.given if is_text(role.seen)]
    made = ground.names[ground.made.name]
    if ground.pair_on and len(ground.given) > 1:
        draft.recipe["align"] = {"use": "objectives/contrastive", "dim": DIM, "temperature": 0.3}
        draft.why["align"] = (
            f"The tables share {ground.pair_on!r} alone: rows that are equal in it mean the same."
        )
        return
    if not adversarial:
        draft.why["given"] = "What teaches the generator teaches these encoders too."
        return
    if not learning:
        if len(ground.given) > 1:
            draft.why["given"] = (
                "They say different things, so each is an entry of its own, and none are aligned."
            )
        return
    encoder = spelt(ground.starter.encoder) if ground.starter.encoder else {}
    able = encoder and catalogue().load("encoder", str(encoder["use"])).encodes_samples()
    if not able:
        draft.why["given"] = (
            f"No encoder of {made} aligns made samples with what is given; "
            "matching_aware alone teaches the encoders."
        )
        return
    align: Entry = {"use": "objectives/contrastive", "dim": DIM}
    if len(learning) == 1:
        align["same"] = learning[0].name
    align |= {"given": [ground.names[role.name] for role in learning]}
    align |= {"made": {made: ground.starter.encoder}, "generator_weight": 1.0}
    draft.recipe["align"] = align
    draft.why["align"] = (
        "An encoder barely learns from the adversarial loss alone: samples are pulled towards what "
        "they are made from. Labels are not aligned."
    )


def _made(
    draft: Draft,
    ground: Ground,
    samples: Samples,
    networks: tuple[Suggestion, Suggestion],
    numbers: Numbers,
    wish: Wish,
) -> Entry:
    name, n, starter = ground.names[ground.made.name], numbers.samples, ground.starter
    at = f"make.{name}"
    entry = _entry(name, ground.made, samples.options, samples.modality)
    draft.why[f"{at}.modality"] = _sentence(samples.why)
    entry["generator"] = networks[0]
    if not networks[1]:
        entry["auxiliary_losses"] = list(starter.taught_by)
        draft.why[f"{at}.auxiliary_losses"] = "These teach it alone; there is no discriminator."
        _add_evaluator(draft, ground, entry, at, numbers)
        return entry
    entry["discriminator"] = networks[1]
    if samples.window is not None:
        entry["window"] = samples.window
        entry["generator"] = {**spelt(networks[0]), "use": starter.windowed}
        draft.why[f"{at}.window"] = (
            "A part of each sample, at a random place, in every step; samples may have any size."
        )
    entry["loss"] = LOSS
    weight = {"from": WEIGHT, "to": 0.1, "over": n}
    entry["penalties"] = [{"use": use, "weight": weight, "every": 4} for use in PENALTIES]
    draft.why[f"{at}.penalties"] = (
        "Larger samples need a larger weight; raise it if training is unstable."
    )
    if wish.repair:
        _add_repair(draft, entry, at, n)
    else:
        # It slows down what several entries teach, and they vary samples themselves.
        start = 0.1 if len(ground.given) < 2 else 0.03
        entry["auxiliary_losses"] = [
            {
                "use": "objectives/mode-seeking",
                "weight": {"from": start, "to": 0.01, "over": n},
                "every": 2,
            }
        ]
        draft.why[f"{at}.auxiliary_losses"] = (
            "Other noise must make another sample: without it, a short training makes one for all."
        )
    if ground.given and not wish.repair:
        single = len(ground.given) == 1
        entry["matching_aware"] = 0.3 if single else 1.0
        draft.why[f"{at}.matching_aware"] = (
            "D refuses real samples with a wrong condition; more makes clearer samples, more alike."
            if single
            else "D refuses real samples with a wrong condition; several entries need more of it."
        )
    if starter.augment and numbers.augment:
        entry["augment"] = starter.augment
        draft.why[f"{at}.augment"] = (
            f"Training sees each row about {n // max(1, ground.made.seen.rows)} times, "
            "and D would learn so few by heart."
        )
    _add_evaluator(draft, ground, entry, at, numbers)
    return entry


def _add_repair(draft: Draft, entry: Entry, at: str, samples: int) -> None:
    entry["repair"] = {"smallest": 0.1, "largest": 0.5}
    entry["adversarial_start"] = samples // 2
    entry["auxiliary_losses"] = [{"use": "objectives/reconstruction", "weight": 100.0}]
    draft.why[f"{at}.repair"] = "Parts of samples are masked, and the model fills them in."
    draft.why[f"{at}.adversarial_start"] = "First what is likely, then what looks right."


def _add_evaluator(draft: Draft, ground: Ground, entry: Entry, at: str, numbers: Numbers) -> None:
    target = evaluated(ground)
    suggested = list(ground.starter.metrics)
    if not target and suggested:
        draft.recipe["evaluate"] = {"metrics": suggested}
        return
    if suggested:
        draft.recipe["evaluate"] = {"metrics": ["core/condition-accuracy", *suggested]}
    if not target and ground.starter.features:
        entry["evaluator"] = {"encoder": ground.starter.features, "target": None}
        draft.why[f"{at}.evaluator"] = (
            "No given label tells whether a sample is what was asked for: features alone compare "
            "made samples with real ones."
        )
        draft.recipe["evaluate"] = {"metrics": ["core/frechet", "core/coverage"]}
        return
    if not target:
        draft.recipe["evaluate"] = {"metrics": []}
        draft.why["evaluate"] = "No given label tells whether a sample is what was asked for."
        return
    entry["evaluator"] = {
        "encoder": ground.starter.encoder,
        "target": target,
        "samples": numbers.evaluator,
    }
    draft.why[f"{at}.evaluator"] = (
        f"`evaluate` trains it once, on {target!r}: not longer than a fifth of the minutes."
    )


def evaluated(ground: Ground) -> str:
    """Return the given label that an evaluator of the made samples learns to predict, or ""."""
    made = ground.made.seen
    labels = [
        role.seen
        for role in ground.given
        if role.seen.column.modality == LABEL and len(role.seen.column.names) > 1
    ]
    beside = [
        s.column.name for s in labels if s.table == made.table or s.column.name == ground.pair_on
    ]
    return next(iter(beside), "") if ground.starter.encoder else ""


def ruled_rate(networks: tuple[Suggestion, Suggestion], numbers: Numbers) -> float:
    """The learning rate with which the rules of `suggest` expect a short training to do best.

    It is 0 for networks that the rules do not know, and for longer trainings, of which they say
    nothing. The rest of the recipe is as `init` writes it: what the rules know of weights of
    penalties is of small samples only.
    """
    generator = spelt(networks[0])
    known = rules().facts["networks"].get(str(generator["use"]))
    if known is None or not networks[1] or numbers.samples > WANTED["draft"]:
        return 0.0
    return best_setting(
        rules(),
        kind=str(generator["use"]),
        width=width_of(generator, known),
        loss=LOSS,
        penalty="+".join(PENALTIES),
        weight=WEIGHT,
        batch=numbers.batch_size,
    ).rate


def _train(draft: Draft, numbers: Numbers, rate: float, *, adversarial: bool) -> Entry:
    n = numbers.samples
    why = {
        "learning_rate": "Fast at first, and slow in the end.",
        "ema": "Samples are of averaged weights; warm_up: early ones of weights that have learned.",
    }
    if rate:
        why["learning_rate"] += (
            f" The first is of the rules of `mmgan-zoo suggest`, fitted on {rules().facts['runs']} "
            "short trainings."
        )
    draft.why |= {f"train.{key}": text for key, text in why.items()}
    halved = half_precision.computes_bf16()
    if halved:
        draft.why["train.precision"] = "This machine computes in bf16; on one that cannot: fp32."
    if not adversarial:
        draft.why["train.betas"] = "Nothing plays against the generator, so that momentum helps."
    return {
        "samples": n,
        "batch_size": numbers.batch_size,
        "learning_rate": {"from": rate or 1.0e-3, "to": 1.0e-4, "over": n},
        **({} if adversarial else {"betas": [0.9, 0.99]}),
        **({"precision": "bf16"} if halved else {}),
        "ema": {"half_life": numbers.half_life, "warm_up": 0.05},
        "log_every": numbers.log_every,
        "sample_every": numbers.sample_every,
        "checkpoint_every": numbers.checkpoint_every,
    }


def _entry(name: str, role: Role, options: Mapping[str, object], modality: str = "") -> Entry:
    """Return the modality and the column of an entry, where they differ from its name."""
    spec = modality_of(role.seen.column)
    own = spec.id if spec else ""
    named = bool(spec) and name == spec.modalities[0] and modality in ("", own) if spec else False
    said: Entry = {}
    if not named:
        said["use"] = modality or own
    said |= options
    entry: Entry = {"column": role.name} if name != role.name else {}
    if said:
        entry = {"modality": said["use"] if list(said) == ["use"] else said, **entry}
    return entry


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""
