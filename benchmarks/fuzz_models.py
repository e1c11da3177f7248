"""Thousands of broken models: each must be refused or work; none may crash or hang.

    python benchmarks/fuzz_models.py MODEL                 # 12,000 cases

Random changes are made to bytes, numbers, keys and lengths in model.json, recipe.yaml and the
safetensors headers of a copy of a model; hashes are corrected, so that more than hashes is tested.
Wanted: an IntegrityError or a working model every time, at most ten seconds a case, and no changed
file outside the copy.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from mmgan_core.errors import IntegrityError
from mmgan_core.zoo.directory import ModelDirectory

LIMIT = 10
ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**63,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x" * 10_000,
    "../../../tmp/evil",
    "/etc/passwd",
    "\x00",
    "!!python/object:os.system",
    "image/r3",
    "a/b",
    [],
    {},
    [[]],
    {"use": "os/system"},
    ["a"] * 1000,
    "<script>alert(1)</script>",
    "é\ud800",
]


def changed(value: Any, random: random.Random) -> Any:
    """Plain data with one value replaced by an odd one."""
    value = copy.deepcopy(value)
    here, path = value, []
    while isinstance(here, (dict, list)) and here:
        key = random.choice(list(here)) if isinstance(here, dict) else random.randrange(len(here))
        path.append((here, key))
        here = here[key]
        if random.random() < 0.15:
            break
    if not path:
        return random.choice(ODD)
    parent, key = random.choice(path)
    how = random.random()
    if how < 0.15:
        del parent[key]
    elif how < 0.25 and isinstance(parent, dict):
        parent[random.choice(["", "extra", "use", "__class__", "a" * 300])] = random.choice(ODD)
    elif how < 0.4 and isinstance(parent[key], (int, float)):
        parent[key] = parent[key] * random.choice([-1, 0, 2, 10, 1000, 10**6])
    else:
        parent[key] = random.choice(ODD)
    return value


def scrambled(content: bytes, random: random.Random) -> bytes:
    """Bytes with some of them changed, removed or doubled."""
    data = bytearray(content)
    for _ in range(random.randint(1, 8)):
        at = random.randrange(max(1, min(len(data), 4_000)))
        how = random.random()
        if how < 0.6 and data:
            data[at % len(data)] = random.randrange(256)
        elif how < 0.8:
            del data[at : at + random.randint(1, 200)]
        else:
            data[at:at] = data[at : at + random.randint(1, 200)]
    return bytes(data)


def break_one(model: Path, sound: dict[str, bytes], random: random.Random) -> str:
    """Break one file of the copy; return which and how."""
    name = random.choice(["model.json", "recipe.yaml", "recipe.yaml", "model.safetensors"])
    content = sound[name]
    how = "bytes"
    if random.random() < 0.3:
        content = scrambled(content, random)
    elif name == "model.json":
        how, content = "values", _json(changed(json.loads(content), random))
    elif name == "recipe.yaml":
        plain = changed(yaml.safe_load(content), random)
        how, content = "values", yaml.dump(plain, allow_unicode=True).encode(errors="replace")
    else:
        length = int.from_bytes(content[:8], "little")
        header = _json(changed(json.loads(content[8 : 8 + length]), random))
        size = random.choice([len(header)] * 4 + [0, 2**63, len(content) * 2])
        how, content = "header", size.to_bytes(8, "little") + header + content[8 + length :]
    (model / name).write_bytes(content)
    if name != "model.json":
        manifest = json.loads(sound["model.json"])
        manifest["files"][name] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        (model / "model.json").write_text(json.dumps(manifest))
    return f"{name}, {how}"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode(errors="replace")


def state_of(folder: Path) -> str:
    """The contents of a directory, without the copy."""
    rows = sorted(
        f"{path}:{path.stat().st_size}"
        for path in folder.rglob("*")
        if path.is_file() and folder / "model" not in path.parents
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def main() -> None:
    """Break copies, try to use them, and count the outcomes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--cases", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    source = options.model.resolve()
    counts: Counter[str] = Counter()
    crashes, slowest = [], 0.0

    def too_long(number: int, frame: object) -> None:
        raise TimeoutError("hangs")

    signal.signal(signal.SIGALRM, too_long)
    with tempfile.TemporaryDirectory() as place:
        sandbox = Path(place)
        os.chdir(sandbox)
        os.environ["MMGAN_CACHE"] = str(sandbox / "cache")
        model = sandbox / "model"
        shutil.copytree(source, model)
        names = ("model.json", "recipe.yaml", "model.safetensors")
        sound = {name: (model / name).read_bytes() for name in names}
        before = state_of(sandbox)
        for case in range(options.cases):
            random_ = random.Random(options.seed * 1_000_003 + case)
            what = break_one(model, sound, random_)
            began = time.perf_counter()
            signal.alarm(LIMIT)
            try:
                ModelDirectory.open(model).check()
                counts[f"{what}: fit for use"] += 1
            except IntegrityError:
                counts[f"{what}: refused"] += 1
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                counts[f"{what}: CRASHED"] += 1
                crashes.append(f"case {case}, {what}: {type(error).__name__}: {str(error)[:150]}")
            signal.alarm(0)
            slowest = max(slowest, time.perf_counter() - began)
            for name, content in sound.items():
                (model / name).write_bytes(content)
        untouched = state_of(sandbox) == before
    for what, count in sorted(counts.items()):
        print(f"{count:7} {what}")
    print(
        f"{options.cases} cases, {len(crashes)} crashed, slowest {slowest:.2f} s, "
        f"{'nothing' if untouched else 'SOMETHING'} written elsewhere"
    )
    print("\n".join(crashes[:20]))


if __name__ == "__main__":
    main()
