"""Writes the cards of the shipped models again: `python scripts/renew_cards.py`.

Run it after the words of the card have changed, or what `config.json` says: nothing is trained or
measured again. Each manifest gets the new hashes, and zoo/index.yaml the new hash of the manifest.

Numbers that were measured of a shipped model later are added by name, or replaced:

    mmgan-zoo evaluate speech --data parquet:DATA --metric core/variety --out speech.json
    python scripts/renew_cards.py speech=speech.json

So are the numbers that say whether explanations of it are to be believed:

    python benchmarks/explain.py speech --count 20 --keep explained
    python scripts/renew_cards.py speech=explained/speech.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from make_zoo_index import ZOO, index

from mmgan_core.explaining.direction_file import directions_in
from mmgan_core.foundation.files import file_hash
from mmgan_core.publishing.card import card
from mmgan_core.publishing.hub_config import hub_config
from mmgan_core.runs.measurements import DECODED
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import CARD, CONFIG, DIRECTIONS, MANIFEST

Row = Mapping[str, Any]


def renew(folder: Path, measured: Sequence[Row] = ()) -> None:
    """Write the card of one model, with these numbers too, and its hash in the manifest."""
    if measured:
        raw = _read(folder)
        numbers = [row for row in measured if "explained" not in row]
        raw["metrics"] = merged(raw["metrics"], numbers) if numbers else raw["metrics"]
        raw["explanations"] = faithful(raw.get("explanations", []), measured)
        _write(folder, raw)
    directory = ModelDirectory.open(folder)
    manifest, file = directory.manifest, folder / CARD
    kept = directions_in(folder / DIRECTIONS) if DIRECTIONS in manifest.files else ()
    text = card(manifest, directory.blueprint(), manifest.samples, manifest.name, kept)
    file.write_text(text, encoding="utf-8")
    (folder / CONFIG).write_text(hub_config(manifest), encoding="utf-8")
    raw = _read(folder)
    for written in (file, folder / CONFIG):
        size = written.stat().st_size
        raw["files"][written.name] = {"sha256": file_hash(written), "bytes": size}
    _write(folder, raw)
    ModelDirectory.open(folder)


def merged(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """Return both, the newer of a number that both have, by entry and by what was given."""
    found = {(row["entry"], row["given"], row["name"]): row for row in (*old, *new)}
    places = list(dict.fromkeys((row["entry"], row["given"]) for row in (*old, *new)))
    places.sort(key=lambda place: place[1] == DECODED)  # what is of no model stands last
    return sorted(found.values(), key=lambda row: places.index((row["entry"], row["given"])))


def faithful(old: Sequence[Row], measured: Sequence[Row]) -> list[Row]:
    """Return how far explanations are to be believed, the newer of each sort."""
    found = {(row["explained"], row["by"]): row for row in old}
    for row in measured:
        if "explained" in row:
            gain, error = row["deletion"], row["error"]
            found[row["explained"], row["by"]] = {
                **{key: row[key] for key in ("explained", "by", "n")},
                "gain": round(gain, 4),
                "low": round(gain - error, 4),
                "high": round(gain + error, 4),
                "stands": round(row["stands"], 4),
            }
    return list(found.values())


def _read(folder: Path) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return raw


def _write(folder: Path, raw: Mapping[str, Any]) -> None:
    written = json.dumps(raw, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    files = dict(argument.split("=", 1) for argument in sys.argv[1:])
    for folder in sorted(path for path in (ZOO / "models").iterdir() if path.is_dir()):
        file = files.pop(folder.name, "")
        renew(folder, json.loads(Path(file).read_text(encoding="utf-8")) if file else ())
    if files:
        sys.exit(f"no shipped model is called {', '.join(files)}")
    (ZOO / "index.yaml").write_text(index(), encoding="utf-8")
