"""Thousands of broken files of every foreign format: each is read, or is one bad row.

    python benchmarks/fuzz_data.py                          # 20,000 inputs a format
    python benchmarks/fuzz_data.py --formats png,zip --cases 1000

Bytes of small sound files are changed, removed, doubled and cut off. Wanted: a value or a BadValue
of every picture and sound, and the same value twice; rows or a DataError of every table and
archive; no other exception, at most two seconds an input, and at most 512 MB more memory.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import random
import resource
import signal
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.queues import Queue
from pathlib import Path

import numpy as np

from mmgan_core.errors import BadValue, DataError

LIMIT_SECONDS, LIMIT_MB, BATCH = 2.0, 512, 250
Try = Callable[[bytes, Path], str]


def scrambled(content: bytes, random_: random.Random) -> bytes:
    """Bytes with some of them changed, removed or doubled, or cut off; mostly near the start."""
    data = bytearray(content)
    for _ in range(random_.choice([1, 1, 1, 2, 3, 8])):
        most = len(data) if random_.random() < 0.5 else min(len(data), 128)
        at = random_.randrange(max(1, most))
        how = random_.random()
        if how < 0.35 and data:
            data[at % len(data)] = random_.choice([0, 1, 0x7F, 0x80, 0xFF, random_.randrange(256)])
        elif how < 0.5 and data:
            data[at % len(data)] ^= 1 << random_.randrange(8)
        elif how < 0.65:
            data[at : at + 4] = random_.choice([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
        elif how < 0.8:
            del data[at : at + random_.randint(1, 60)]
        elif how < 0.92:
            data[at:at] = data[at : at + random_.randint(1, 60)]
        else:
            del data[random_.randrange(max(1, len(data))) :]
    return bytes(data)


def pictures(form: str) -> list[bytes]:
    """Small pictures of a format, with and without metadata."""
    from PIL import Image

    levels = np.random.default_rng(0).integers(0, 256, (12, 9, 4), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    found = []
    modes = {"GIF": "LP", "JPEG": "LR", "TIFF": "LRD"}.get(form, "LRAP")
    for mode in modes:
        picture = {
            "L": lambda: Image.fromarray(levels[..., 0]),
            "R": lambda: Image.fromarray(levels[..., :3]),
            "A": lambda: Image.fromarray(levels),
            "P": lambda: Image.fromarray(levels[..., :3]).quantize(16),
            "D": lambda: Image.fromarray(levels[..., 0].astype(np.uint16) * 257),
        }[mode]()
        if form == "WEBP" and mode == "P":
            picture = picture.convert("RGB")
        for more in ({}, {"exif": exif.tobytes()}) if form not in ("GIF",) else ({},):
            file = io.BytesIO()
            picture.save(file, form, **more)
            found.append(file.getvalue())
    return found


def sounds(form: str) -> list[bytes]:
    """Short sounds of a format, mono and stereo."""
    import soundfile

    tone = 0.3 * np.sin(np.arange(2400) / 9.0)
    subtypes = {
        "WAV": ["PCM_16", "FLOAT", "IMA_ADPCM", "GSM610", "ULAW"],
        "OGG": ["VORBIS", "OPUS"],
    }
    found = []
    for subtype in subtypes.get(form, [soundfile.default_subtype(form)]):
        for channels in (1,) if subtype == "GSM610" else (1, 2):
            file = io.BytesIO()
            waves = np.stack([tone] * channels, 1)
            soundfile.write(file, waves, 8000, format=form, subtype=subtype)
            found.append(file.getvalue())
    return found


def tables(form: str) -> list[bytes]:
    """Small tables of a format."""
    rows = [
        {"file_name": f"{n}.txt", "caption": f"words, {n}", "label": "ab"[n % 2]} for n in range(4)
    ]
    if form == "csv":
        lines = ["file_name,caption,label"]
        lines += [f'{r["file_name"]},"{r["caption"]}",{r["label"]}' for r in rows]
        return ["\n".join(lines).encode(), "\r\n".join(lines).replace(",", ";").encode("utf-8-sig")]
    if form == "jsonl":
        odd = [{**row, "tags": ["a", 1, None], "deep": {"x": [1.5]}} for row in rows]
        return ["\n".join(map(json.dumps, some)).encode() for some in (rows, odd)]
    import pyarrow
    from pyarrow import parquet

    found = []
    for compression in ("none", "snappy", "zstd"):
        file = io.BytesIO()
        table = pyarrow.Table.from_pylist(
            [{**row, "n": 1.5, "tags": ["x"], "picture": b"\x89PNG"} for row in rows]
        )
        parquet.write_table(table, file, compression=compression)
        found.append(file.getvalue())
    return found


def archives(form: str) -> list[bytes]:
    """Small archives with pictures in class folders."""
    content = pictures("PNG")
    found = []
    for packed in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        if form == "zip":
            with zipfile.ZipFile(file, "w", packed) as archive:
                for number, picture in enumerate(content):
                    archive.writestr(f"{'ab'[number % 2]}/{number}.png", picture)
        else:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for number, picture in enumerate(content):
                    info = tarfile.TarInfo(f"{'ab'[number % 2]}/{number}.png")
                    info.size = len(picture)
                    tar.addfile(info, io.BytesIO(picture))
                if packed == zipfile.ZIP_DEFLATED:  # the second one has links
                    for kind, target in ((tarfile.LNKTYPE, "a/0.png"), (tarfile.SYMTYPE, "1.png")):
                        info = tarfile.TarInfo(f"b/{kind.decode()}.png")
                        info.type, info.linkname = kind, target
                        tar.addfile(info)
        found.append(file.getvalue())
    return found


def try_picture(content: bytes, _: Path) -> str:
    """Decode a picture twice."""
    from mmgan_image.modality.picture import decode_picture

    return _twice(lambda: decode_picture(content).tobytes())


def try_sound(content: bytes, _: Path) -> str:
    """Decode a sound twice."""
    from mmgan_audio.waveform import decode_waveform

    return _twice(lambda: decode_waveform(content, rate=8000, max_seconds=30).samples.tobytes())


def _twice(decode: Callable[[], bytes]) -> str:
    found = []
    for _ in range(2):
        try:
            found.append(decode())
        except BadValue:
            found.append(b"refused")
    if found[0] != found[1]:
        return "UNLIKE"
    return "refused" if found[0] == b"refused" else "read"


def try_source(scheme: str, name: str) -> Try:
    """Read every row of a table or an archive through its source."""

    def read(content: bytes, folder: Path) -> str:
        from mmgan_core.assembly.opening import open_source
        from mmgan_core.components.sources import listing

        file = folder / name
        file.write_bytes(content)
        listing._index.cache_clear()  # archives are indexed once
        path = file if name.startswith("data.") else folder
        try:
            for split in ("train", "test"):
                for table in open_source({"use": f"{scheme}:{path}"}).tables(split):
                    for column in table.columns:
                        table.values(column, range(len(table)))
        except DataError:
            return "refused"
        return "read"

    return read


FORMATS: Mapping[str, tuple[Callable[[], list[bytes]], Try]] = {
    **{
        form: ((lambda form=form: pictures(form.upper())), try_picture)
        for form in ("png", "jpeg", "gif", "webp", "tiff")
    },
    **{
        form: ((lambda form=form: sounds(form.upper())), try_sound)
        for form in ("wav", "flac", "ogg", "mp3")
    },
    "csv": (lambda: tables("csv"), try_source("folder", "metadata.csv")),
    "jsonl": (lambda: tables("jsonl"), try_source("folder", "metadata.jsonl")),
    "parquet": (lambda: tables("parquet"), try_source("parquet", "train.parquet")),
    "zip": (lambda: archives("zip"), try_source("folder", "data.zip")),
    "tar": (lambda: archives("tar"), try_source("folder", "data.tar")),
    "shard": (lambda: archives("tar"), try_source("folder", "train-000.tar")),
}


def _too_long(number: int, frame: object) -> None:
    raise TimeoutError("hangs")


def _batch(form: str, cases: range, seed: int, said: Queue[tuple[str, object]]) -> None:
    """Try some inputs in a process of its own, and say how each ended."""
    signal.signal(signal.SIGALRM, _too_long)
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries complain of broken files
    seeds, attempt = FORMATS[form][0](), FORMATS[form][1]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for seed_ in seeds:  # what is imported and allocated once is not counted
            attempt(seed_, folder)
        for case in cases:
            random_ = random.Random(f"{form} {seed} {case}")
            content = scrambled(random_.choice(seeds), random_)
            said.put(("begins", case))
            before, began = _memory(), time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, 2 * LIMIT_SECONDS)
            try:
                ended = attempt(content, folder)
            except TimeoutError:
                ended = "HANGS"
            except BaseException as error:
                ended = f"ESCAPED {type(error).__name__}: {str(error)[:120]}"
            signal.setitimer(signal.ITIMER_REAL, 0)
            took, more = time.perf_counter() - began, _memory() - before
            if took > LIMIT_SECONDS:
                ended = "HANGS"
            elif more > LIMIT_MB:
                ended = f"MEMORY {more:.0f} MB"
            said.put((ended, (case, took, more)))
    said.put(("done", None))


def _memory() -> float:
    """The most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fuzz(form: str, cases: int, seed: int) -> tuple[Counter[str], list[str], float, float]:
    """Try inputs of a format; return counts, what went wrong, the slowest, the largest."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = largest = 0.0
    context = multiprocessing.get_context("spawn")
    case = 0
    while case < cases:
        said = context.Queue()
        batch = range(case, min(cases, case + max(BATCH, cases // 4)))
        process = context.Process(target=_batch, args=(form, batch, seed, said))
        process.start()
        at = case - 1
        while True:
            try:
                ended, what = said.get(timeout=5 if process.is_alive() else 0.5)
            except Exception:
                if process.is_alive():
                    continue
                counts["DIED"] += 1
                wrong.append(f"{form} {at}: the process died, {process.exitcode}")
                case = at + 1
                break
            if ended == "begins":
                at = int(str(what))
            elif ended == "done":
                case = batch.stop
                break
            else:
                number, took, more = what
                slowest, largest = max(slowest, took), max(largest, more)
                counts[ended.partition(" ")[0]] += 1
                if ended.isupper() or ended[:2].isupper():
                    wrong.append(f"{form} {number}: {ended} ({took:.2f} s)")
        process.join()
    return counts, wrong, slowest, largest


def main() -> None:
    """Break files, read them, and print one line a format."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("format   inputs    read refused escaped unlike hangs memory died  slowest  most memory")
    for form in options.formats.split(","):
        counts, wrong, slowest, largest = fuzz(form, options.cases, options.seed)
        bad = [counts[name] for name in ("ESCAPED", "UNLIKE", "HANGS", "MEMORY", "DIED")]
        print(
            f"{form:8} {options.cases:6} {counts['read']:7} {counts['refused']:7} {bad[0]:7} "
            f"{bad[1]:6} {bad[2]:5} {bad[3]:6} {bad[4]:4} {slowest:6.2f} s {largest:6.0f} MB"
        )
        print("".join(f"  {line}\n" for line in wrong[:12]), end="", flush=True)


if __name__ == "__main__":
    main()
