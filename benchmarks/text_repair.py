"""How well a model fills in missing words, beside methods that only count pieces.

    mmgan-zoo train synopses-repair --cpu
    python benchmarks/text_repair.py runs/synopses-repair --count 500

Texts are of the test split; of each, a share of its own pieces or words is missing, at least one:
``words`` are whole words here and there, as ``repair --mask`` names them, ``box`` is one gap, and
``scattered`` are pieces here and there. Where the text ends is known. Nothing else is given, except
entries that ``--given`` names. The columns:

- *pieces*: the share of the missing pieces that are filled in exactly, with the 95 % interval of
  resampled texts; *gaps*: that of the gaps, which are as long as pieces are missing side by side.
- *ROUGE-L*: of what fills the gaps of a text against what stood there.
- *kept pieces* and *kept texts*: the share of known pieces that the sample still has, and of texts
  whose known letters all stand where they stood. Both must be 1.

The methods learn from the pieces of the training split. The n-gram models look for the likeliest
text with these gaps, whose known pieces before and after the gaps count too, along the likeliest
beginnings; their counts are discounted as those of ``text/frontier`` are.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from rouge_score.rouge_scorer import RougeScorer
from torch import Tensor

from mmgan_core.contracts import Masked
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.inference.model import Model
from mmgan_core.zoo.loading import load_run
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.pieces import END
from mmgan_text.raw_text import read_text

KINDS = ("words", "box", "scattered")
SHARES = (0.1, 0.25, 0.5)
# Beginnings that the n-gram models go along.
BEAMS = 32
Row = list[int]
Fill = Callable[[Row, list[bool]], Row]


class Filled(NamedTuple):
    """What a method makes of the texts: their ids, and the whole texts where it writes them."""

    ids: list[Row]
    texts: list[str] | None = None


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", type=Path)
    options.add_argument("--count", type=int, default=500, help="test texts")
    options.add_argument("--entry", help="the made entry that is repaired; default: the first")
    options.add_argument("--given", nargs="*", default=(), help="other entries that are given")
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options.add_argument("--shares", nargs="+", type=float, default=SHARES)
    options.add_argument("--truncation", type=float, default=1.0, help="the factor of the noise")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--show", type=int, default=0, help="print so many texts of each mask")
    options.add_argument("--to", type=Path, help="a JSON file for the numbers")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    model = load_run(chosen.run, device=torch.device("cpu"))
    test, train = open_splits(model.blueprint, model.gan)
    entry = chosen.entry or model.made[0]
    modality = model.gan.modalities[entry]
    rows = test.rows(0, min(chosen.count, len(test)))
    values = test.raw(entry, rows)
    given = {name: test.raw(name, rows) for name in chosen.given}
    fills = counting(modality, train, entry)
    print(f"{len(values)} test texts, seed {chosen.seed}, {model.samples:,} samples trained\n")
    print("| missing | filled in by | pieces | gaps | ROUGE-L | kept pieces | kept texts |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    found = []
    for kind in chosen.kinds:
        for share in chosen.shares:
            masks = masks_of(modality, values, kind, share, chosen.seed)
            ways = {
                "the model": by_model(model, entry, values, masks, given, chosen),
                **{name: by_counting(modality, values, masks, fills[name]) for name in fills},
            }
            for name, filled in ways.items():
                numbers = measured(modality, values, masks, filled)
                found.append({"kind": kind, "share": share, "by": name, **numbers})
                print(f"| {kind}, {share:g} | {name} | {cells(numbers)} |", flush=True)
            show(ways["the model"], values, masks, modality, chosen.show)
    if chosen.to:
        chosen.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def masks_of(modality: Any, values: Sequence[object], kind: str, share: float, seed: int) -> Tensor:
    """Masks with at least one missing piece of each text, (B, T, 1)."""
    random = np.random.default_rng((seed, KINDS.index(kind), round(1000 * share)))
    return torch.stack([_mask(modality, value, kind, share, random) for value in values])


def _mask(
    modality: Any, value: object, kind: str, share: float, random: np.random.Generator
) -> Tensor:
    length = len(pieces_of(modality, value))
    if kind == "words":
        text, last = str(modality.decode(value)), modality.spans(value)[length - 1][1]
        count = sum(found.start() < last for found in re.finditer(r"\S+", text))
        gone = 1 + random.permutation(count)[: math.ceil(share * count)]
        masks: Tensor = modality.prepare_masks([",".join(map(str, sorted(gone)))], [value])
        return masks[0]
    mask, count = torch.zeros(modality.mask_shape), math.ceil(share * length)
    if kind == "box":
        begin = int(random.integers(length - count + 1))
        mask[begin : begin + count] = 1
    else:
        mask[torch.from_numpy(random.permutation(length)[:count].copy())] = 1
    return mask


def pieces_of(modality: Any, value: object) -> Row:
    """The ids of a text, without its end."""
    return [number for number in modality.prepare([value])[0].tolist() if number != END]


def by_model(
    model: Model,
    entry: str,
    values: Sequence[object],
    masks: Tensor,
    given: dict[str, list[object]],
    chosen: argparse.Namespace,
) -> Filled:
    """What the model fills in."""
    modality = model.gan.modalities[entry]
    sample = modality.to_sample(modality.prepare(values))
    made = model.repair(
        masked=Masked.of(sample, masks, modality.space),
        seed=chosen.seed,
        truncation=chosen.truncation,
        **{entry: list(values)},
        **given,
    )
    ids = made.tensors[entry].argmax(2).tolist()
    return Filled(ids, [str(text) for text in made[entry]])


def by_counting(modality: Any, values: Sequence[object], masks: Tensor, fill: Fill) -> Filled:
    """What a method without a network fills in."""
    filled = []
    for value, mask in zip(values, masks, strict=True):
        ids = pieces_of(modality, value)
        ids = fill(ids, [bool(one) for one in mask[: len(ids), 0]])
        filled.append(ids + [END] * (len(mask) - len(ids)))
    return Filled(filled)


def counting(modality: Any, train: Feed, entry: str) -> dict[str, Fill]:
    """The methods that learn from the pieces of the training split alone."""
    values = train.raw(entry, train.rows(0, len(train)))
    rows = [
        [number for number in row if number != END] for row in modality.prepare(values).tolist()
    ]
    ((usual, _),) = Counter(number for row in rows for number in row).most_common(1)

    def most_frequent(ids: Row, missing: list[bool]) -> Row:
        return [usual if gone else one for one, gone in zip(ids, missing, strict=True)]

    texts = [tuple(map(str, row)) for row in rows if row]
    models = {f"{order}-gram model": NgramModel(texts, order) for order in (2, 3)}
    return {
        "most frequent piece": most_frequent,
        **{name: likeliest(model) for name, model in models.items()},
    }


def likeliest(model: NgramModel, beams: int = BEAMS) -> Fill:
    """Fill gaps by the likeliest text of a model of n-grams, along so many beginnings."""
    numbers, pad = {name: at for at, name in enumerate(model.names)}, model.order - 1
    # A piece that no training text has is as unlikely as anything.
    after = cache(lambda context: np.log(np.maximum(model.after(context), 1e-12)))

    def fill(ids: Row, missing: list[bool]) -> Row:
        held: list[tuple[float, tuple[str, ...]]] = [(0.0, ("",) * pad)]
        for number, gone in [*zip(ids, missing, strict=True), (None, False)]:
            longer = []
            for score, text in held:
                scores = after(text[len(text) - pad :])
                if not gone:
                    name = "" if number is None else str(number)
                    at = numbers.get(name)
                    longer.append((score + (-30.0 if at is None else scores[at]), (*text, name)))
                    continue
                # The first name is the end, and known pieces come after.
                last = min(beams, len(scores) - 1) - 1
                best = 1 + np.argpartition(-scores[1:], last)[: last + 1]
                longer += [(score + scores[at], (*text, model.names[at])) for at in best]
            held = sorted(longer, reverse=True)[:beams]
        return [int(name) for name in held[0][1][pad:-1]]

    return fill


def measured(
    modality: Any, values: Sequence[object], masks: Tensor, filled: Filled
) -> dict[str, float]:
    """The numbers of one method and one kind of mask."""
    scorer = RougeScorer(["rougeL"])
    right, missing, gaps, rouge, kept, known = [], [], [], [], 0, 0
    for real, mask, ids in zip(modality.prepare(values).tolist(), masks, filled.ids, strict=True):
        gone = [bool(one) for one in mask[:, 0]]
        right.append(sum(a == b for a, b, out in zip(real, ids, gone, strict=True) if out))
        missing.append(sum(gone))
        kept += sum(a == b for a, b, out in zip(real, ids, gone, strict=True) if not out)
        known += len(gone) - sum(gone)
        gaps += [real[span] == ids[span] for span in spans_of(gone)]
        there, made = (
            " ".join(modality.text_of(row[span]) for span in spans_of(gone)) for row in (real, ids)
        )
        rouge.append(scorer.score(there, made)["rougeL"].fmeasure)
    low, high = interval(np.array(right), np.array(missing))
    numbers = {
        "pieces": sum(right) / sum(missing),
        "low": low,
        "high": high,
        "gaps": sum(gaps) / len(gaps),
        "ROUGE-L": sum(rouge) / len(rouge),
        "kept pieces": kept / known,
    }
    if filled.texts is None:
        return numbers
    same = [
        has(text, known_letters(modality, value, mask))
        for value, mask, text in zip(values, masks, filled.texts, strict=True)
    ]
    return {**numbers, "kept texts": sum(same) / len(same)}


def spans_of(missing: list[bool]) -> Iterator[slice]:
    """Where a text is missing, gap by gap."""
    at = 0
    for gone, group in groupby(missing):
        count = len(list(group))
        if gone:
            yield slice(at, at + count)
        at += count


def known_letters(modality: Any, value: object, mask: Tensor) -> list[str]:
    """What is known of a value, gap by gap; the first and the last are empty beside a gap."""
    text, known = read_text(value), [""]
    end, spans = 0, modality.spans(value)
    for (begin, stop), gone in zip(spans, mask[:, 0].tolist(), strict=False):
        # White space belongs to the piece after it, even where a tokenizer leaves it out.
        if not gone:
            known[-1] += text[max(end, begin) : stop]
        elif begin < stop:
            known.append("")
        end = stop
    return known if len(spans) <= len(mask) else [*known, ""]


def has(text: str, known: Sequence[str]) -> bool:
    """Whether a text has these letters in their order, from its beginning to its end."""
    first, *others = known
    if not others:
        return text == first
    *middle, last = others
    if not text.startswith(first):
        return False
    at = len(first)
    for letters in middle:
        # The first place leaves most room for those that come after.
        found = text.find(letters, at)
        if found < 0:
            return False
        at = found + len(letters)
    return text.endswith(last) and at + len(last) <= len(text)


def interval(right: npt.NDArray[np.int64], missing: npt.NDArray[np.int64]) -> tuple[float, float]:
    """The middle 95 % of the share of right pieces, over 2,000 resamples of the texts."""
    random = np.random.default_rng(0)
    counts = random.multinomial(len(right), np.full(len(right), 1 / len(right)), 2_000)
    low, high = np.quantile((counts @ right) / (counts @ missing), (0.025, 0.975))
    return float(low), float(high)


def cells(numbers: dict[str, float]) -> str:
    """The cells of a row."""
    texts = f"{numbers['kept texts']:.3f}" if "kept texts" in numbers else ""
    return (
        f"{numbers['pieces']:.3f} ({numbers['low']:.3f}-{numbers['high']:.3f}) | "
        f"{numbers['gaps']:.3f} | {numbers['ROUGE-L']:.3f} | {numbers['kept pieces']:.4f} | {texts}"
    )


def show(
    filled: Filled, values: Sequence[object], masks: Tensor, modality: Any, count: int
) -> None:
    """Print the first texts, with signs for what is missing, and what was filled in."""
    for value, mask, text in zip(values[:count], masks, filled.texts or (), strict=False):
        spans = modality.spans(value)
        signs = list(str(modality.decode(value)))
        for (begin, end), gone in zip(spans, mask[:, 0].tolist(), strict=False):
            if gone:
                signs[begin:end] = ["_" if sign.strip() else sign for sign in signs[begin:end]]
        print(f"\n  {''.join(signs)}\n  {text}\n  {read_text(value)}\n")


if __name__ == "__main__":
    main()
