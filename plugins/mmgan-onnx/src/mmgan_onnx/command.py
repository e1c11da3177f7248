"""The command `mmgan-onnx`: shows, verifies and uses exported models."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from itertools import count as numbers
from pathlib import Path

from mmgan_onnx.errors import OnnxError, Unread


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always", Unread)
            asked.run(asked)
    except OnnxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for note in notes:
        if issubclass(note.category, Unread):
            print(f"note: {note.message}", file=sys.stderr)
        else:
            warnings.warn_explicit(note.message, note.category, note.filename, note.lineno)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mmgan-onnx", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    generate = verbs.add_parser("generate", help="make samples, as files")
    generate.add_argument("folder", type=Path, help="what mmgan-zoo export --format onnx wrote")
    generate.add_argument(
        "given", nargs="*", metavar="NAME=VALUE", help="given values; repeat a name for a list"
    )
    generate.add_argument("--count", type=int, help="how many samples to make in all")
    generate.add_argument("--seed", default="0", help="a whole number, or several: 3,7")
    generate.add_argument("--truncation", type=float, default=1.0, help="the factor of the noise")
    generate.add_argument(
        "--direction",
        action="append",
        default=[],
        metavar="NAME=AMOUNT",
        help="move samples along a direction that was kept with the model, such as ink=+2, or to a "
        "value, such as seven=+0.5; can be repeated",
    )
    generate.add_argument("--out", type=Path, help="the folder to write; default: samples")
    generate.add_argument("--int8", action="store_true", help="use the graph of 8-bit numbers")
    generate.set_defaults(run=_generate)
    verify = verbs.add_parser("verify", help="check hashes, and make the recorded samples again")
    verify.add_argument("folder", type=Path)
    verify.set_defaults(run=_verify)
    show = verbs.add_parser("show", help="say what a model takes and makes")
    show.add_argument("folder", type=Path)
    show.set_defaults(run=_show)
    return parser


def _generate(asked: argparse.Namespace) -> None:
    from mmgan_onnx.directions import amounts_of
    from mmgan_onnx.model import load_onnx

    given: dict[str, list[object]] = {}
    for text in asked.given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise OnnxError(f"{text!r} is not of the form NAME=VALUE", hint="such as text=three")
        given.setdefault(name, []).append(value)
    values = {name: found[0] if len(found) == 1 else found for name, found in given.items()}
    try:
        seeds = [int(part) for part in asked.seed.split(",")]
    except ValueError:
        raise OnnxError(f"--seed {asked.seed!r}: a seed is a whole number") from None
    seed = seeds[0] if len(seeds) == 1 else seeds
    directions = amounts_of(asked.direction)
    model = load_onnx(asked.folder, int8=asked.int8)
    samples = model.generate(
        count=asked.count,
        seed=seed,
        truncation=asked.truncation,
        directions=directions,
        **values,
    )
    texts = [value for rows in samples.values() for value in rows]
    files = samples.save(asked.out or _unused("samples"))
    for file, value in zip(files, texts, strict=True):
        print(f"{file}: {value}" if isinstance(value, str) else file)


def _unused(name: str) -> Path:
    """The folder of this name, numbered on if there is one."""
    numbered = (Path(f"{name}-{number}") for number in numbers(2))
    folder = Path(name)
    while folder.exists():
        folder = next(numbered)
    return folder


def _verify(asked: argparse.Namespace) -> None:
    from mmgan_onnx.model import load_onnx

    model = load_onnx(asked.folder)
    apart = model.verify()
    print(f"{asked.folder} is verified: samples differ from those of torch by {apart:.1g} at most")


def _show(asked: argparse.Namespace) -> None:
    from mmgan_onnx.description import read_description

    said = read_description(asked.folder)
    print(f"{said['name']}: {said['summary']}")
    for name, entry in said["given"].items():
        names = entry["settings"].get("names", [])
        listed = f": {', '.join(names[:20])}" if names else ""
        print(f"  takes {name} ({entry['kind']}){listed}")
    for name, entry in said["made"].items():
        print(f"  makes {name} ({entry['kind']})")
    for one in said.get("directions", []):
        print(f"  moves along {one['name']}" + (" (to a value)" if "push" in one else ""))


if __name__ == "__main__":
    sys.exit(main())
