"""Makes the data of `coherence.py` from handwritten digits; the same input gives the same files.

    python benchmarks/coherence_data.py --digits data/handwritten-digits --out data/polydigits

- `poly`: as PolyMNIST (Sutter et al. 2021, "Generalized multimodal ELBO",
  https://arxiv.org/abs/2105.02470): five columns m0 to m4, each another picture of the row's digit
  on a random part of the column's own background, whose colours are inverted where there is ink.
  The backgrounds are computed, or with --photos pictures of scikit-image.
- `strokes`: the pictures of digits with the strokes of a pen that could have drawn them.

Beside each stands a folder `-half`: columns for the given entries in which half of the values are
missing, in the training split, and files with the values that are left, one for each made entry,
so that nothing is trained on a value that is missing. Every row keeps a value.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.pen_strokes import strokes

COLUMNS = 5
POINTS = 20
PHOTOS = ("astronaut", "coffee", "chelsea", "rocket", "retina")
GIVEN = "given_"
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Pictures = npt.NDArray[np.uint8]
_KINDS = {"image": {"_type": "Image"}, "text": {"dtype": "string", "_type": "Value"}}


def digits(folder: Path, split: str, size: int) -> tuple[Pictures, npt.NDArray[np.int64]]:
    """The grey pictures, (N, size, size), and the labels, (N,), of a split."""
    table = pq.read_table(folder / f"{split}.parquet", columns=["image", "label"])
    pictures = [
        np.asarray(Image.open(io.BytesIO(cell["bytes"])).convert("L").resize((size, size)))
        for cell in table["image"].to_pylist()
    ]
    return np.stack(pictures), np.array(table["label"].to_pylist(), dtype=np.int64)


def background(number: int, size: int = 256) -> Pictures:
    """The computed background of a column, (size, size, 3): coloured noise, each of its own kind.

    The amplitude of its waves falls with their frequency, as it does in photos, and not alike in
    all directions.
    """
    random = np.random.default_rng([2105, number])
    down, right = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    turn = np.pi * number / COLUMNS
    along = down * np.cos(turn) + right * np.sin(turn)
    across = right * np.cos(turn) - down * np.sin(turn)
    frequency = np.hypot(along, (1 + number) * across)
    frequency[0, 0] = np.inf
    waves = random.normal(size=(3, *frequency.shape)) + 1j * random.normal(
        size=(3, *frequency.shape)
    )
    noise = np.fft.irfft2(waves / frequency ** (1.0 + 0.2 * number), s=(size, size))
    mixed = np.tensordot(random.normal(size=(3, 3)), noise, axes=1).transpose(1, 2, 0)
    ranks = mixed.reshape(-1, 3).argsort(0).argsort(0) / size**2  # every level as often
    return (ranks.reshape(size, size, 3) * 255).astype(np.uint8)


def photo(number: int) -> Pictures:
    """A photo of scikit-image as the background of a column, (H, W, 3)."""
    try:
        from skimage import data
    except ImportError:
        raise SystemExit("--photos needs scikit-image: pip install scikit-image") from None
    try:
        return np.asarray(getattr(data, PHOTOS[number])())[..., :3]
    except Exception as error:  # it may have to be downloaded
        raise SystemExit(f"--photos: scikit-image has no {PHOTOS[number]} here: {error}") from None


def tinted(picture: Pictures, number: int) -> npt.NDArray[np.float64]:
    """A background with every second one light and the others dark, so that digits stand out."""
    dark = picture * 0.45
    return dark if number % 2 == 0 else 255 - dark


def on_background(ink: Pictures, behind: npt.NDArray[np.float64]) -> Pictures:
    """Invert the colours of a background, (H, W, 3), where there is ink, (H, W)."""
    share = ink[..., None] / 255
    return (behind + (255 - 2 * behind) * share).round().astype(np.uint8)


def classes_of_rows(rows: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """The digit of each row; all are as frequent."""
    return random.permutation(np.arange(rows) % len(NAMES))


def picked(
    labels: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Pictures of the wanted digits, (N, COLUMNS): their numbers, none of them twice."""
    found = np.empty((len(wanted), COLUMNS), dtype=np.int64)
    for digit in range(len(NAMES)):
        rows, having = np.flatnonzero(wanted == digit), np.flatnonzero(labels == digit)
        if len(rows) * COLUMNS > len(having):
            raise SystemExit(
                f"{len(rows)} rows of the digit {digit} need {len(rows) * COLUMNS} pictures of "
                f"it, and there are {len(having)}: ask for fewer rows"
            )
        found[rows] = random.permutation(having)[: len(rows) * COLUMNS].reshape(-1, COLUMNS)
    return found


def kept(rows: int, entries: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Which values of rows are kept, (rows, entries): half of them, at least one of each row."""
    found = random.random((rows, entries)) < 0.5
    empty = np.flatnonzero(~found.any(1))
    found[empty, random.integers(entries, size=len(empty))] = True
    return found


def poly(
    pictures: Pictures, labels: npt.NDArray[np.int64], rows: int, photos: bool, seed: int
) -> tuple[dict[str, list[bytes]], npt.NDArray[np.int64]]:
    """The columns m0 to m4 as PNGs, and the labels."""
    random = np.random.default_rng(seed)
    wanted = classes_of_rows(rows, random)
    chosen = picked(labels, wanted, random)
    size = pictures.shape[1]
    columns = {}
    for number in range(COLUMNS):
        whole = tinted(photo(number) if photos else background(number), number)
        tops = random.integers(whole.shape[0] - size + 1, size=rows)
        lefts = random.integers(whole.shape[1] - size + 1, size=rows)
        columns[f"m{number}"] = [
            _png(on_background(pictures[k], whole[top : top + size, left : left + size]))
            for k, top, left in zip(chosen[:, number], tops, lefts, strict=True)
        ]
    return columns, wanted


def _png(picture: Pictures) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def write(file: Path, columns: Mapping[str, Sequence[Any]], labels: Iterable[int]) -> None:
    """Write a Parquet file; columns of bytes are pictures, columns of strings are texts."""
    features, arrays = {}, {}
    for name, values in columns.items():
        first = next((value for value in values if value is not None), "")
        kind = "image" if isinstance(first, bytes) else "text"
        features[name] = _KINDS[kind]
        cells = [v if v is None or kind == "text" else {"bytes": v, "path": None} for v in values]
        image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
        arrays[name] = pa.array(cells, type=image if kind == "image" else pa.string())
    features["label"] = {"names": list(NAMES), "_type": "ClassLabel"}
    arrays["label"] = pa.array(list(labels), type=pa.int64())
    info = json.dumps({"info": {"features": features}})
    file.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(arrays).replace_schema_metadata({"huggingface": info})
    pq.write_table(table, file, compression="zstd", row_group_size=500)


def write_both(
    out: Path,
    split: str,
    columns: Mapping[str, Sequence[Any]],
    labels: Sequence[int],
    seed: int,
    named: bool,
) -> None:
    """Write the complete table, and those of which half of the training values are missing.

    Args:
        named: the label is an entry too, the column ``given_name``; rows are paired on ``label``.
    """
    write(out / f"{split}.parquet", columns, labels)
    half = out.with_name(f"{out.name}-half")
    entries = {**columns, **({"name": [NAMES[label] for label in labels]} if named else {})}
    keeps = kept(len(labels), len(entries), np.random.default_rng([seed, 50]))
    if split != "train":
        keeps[:] = True
    given = {}
    for number, (name, values) in enumerate(entries.items()):
        keep = keeps[:, number]
        given[GIVEN + name] = [v if k else None for v, k in zip(values, keep, strict=True)]
        if name in columns:
            left = np.flatnonzero(keep)
            some = {name: [values[row] for row in left]}
            write(half / name / f"{split}.parquet", some, [labels[row] for row in left])
    write(half / "given" / f"{split}.parquet", given, labels)


def halve(source: Path, out: Path, column: str, seed: int) -> None:
    """Write a table of one column of another Parquet folder, half of whose values are missing."""
    for split in ("train", "test"):
        table = pq.read_table(source / f"{split}.parquet", columns=[column, "label"])
        info = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
        keep = np.random.default_rng([seed, 51]).random(len(table)) < 0.5
        if split != "train":
            keep[:] = True
        cells = table[column].to_pylist()
        lacking = [cell if k else None for cell, k in zip(cells, keep, strict=True)]
        given = pa.table(
            {GIVEN + column: pa.array(lacking, type=table[column].type), "label": table["label"]}
        )
        for folder, part, name in (
            ("given", given, GIVEN + column),
            (column, table.filter(pa.array(keep)), column),
        ):
            (out / folder).mkdir(parents=True, exist_ok=True)
            features = {name: info[column], "label": info["label"]}
            said = {"huggingface": json.dumps({"info": {"features": features}})}
            pq.write_table(part.replace_schema_metadata(said), out / folder / f"{split}.parquet")


def main() -> None:
    """Write all data."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--digits", type=Path, required=True, help="folder: image, label")
    parser.add_argument("--speech", type=Path, help="folder: audio, label; to halve it as well")
    parser.add_argument("--out", type=Path, default=Path("data/coherence"))
    parser.add_argument("--train-rows", type=int, default=6_000)
    parser.add_argument("--test-rows", type=int, default=1_000)
    parser.add_argument("--size", type=int, default=28, help="pixels a side")
    parser.add_argument("--photos", action="store_true", help="photos of scikit-image behind them")
    options = parser.parse_args()
    for number, (split, rows) in enumerate(
        {"train": options.train_rows, "test": options.test_rows}.items()
    ):
        pictures, labels = digits(options.digits, split, options.size)
        columns, wanted = poly(pictures, labels, rows, options.photos, number)
        write_both(options.out / "poly", split, columns, wanted.tolist(), number, False)
        some = pictures[:rows]
        drawn = {"image": [_png(one) for one in some], "strokes": strokes(some, POINTS)}
        write_both(options.out / "strokes", split, drawn, labels[:rows].tolist(), number + 2, True)
        print(f"{split}: {rows:,} rows of poly, {len(some):,} of strokes in {options.out}")
    if options.speech:
        halve(options.speech, options.out / "speech-half", "audio", 4)
        print(f"speech: half of it in {options.out / 'speech-half'}")


if __name__ == "__main__":
    main()
