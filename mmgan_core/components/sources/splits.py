"""Which folders of data are splits, by any of the names that are usual for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgan_core.components.sources.listing import Listing
from mmgan_core.components.sources.metadata import METADATA
from mmgan_core.errors import DataError

_TRAIN = ("train", "training", "trn", "learn")
# Testing goes before validation.
_TEST = (
    *("test", "testing", "tst", "eval", "evaluation", "holdout", "heldout"),
    *("validation", "val", "valid", "dev"),
)
_NO_CLASS = ("test", "testing", "validation", "val")
_ENDINGS = ("", "set", "data", "images", "imgs", "pictures", "split")
_UNPAIRED = ("trainA", "trainB")


@dataclass(frozen=True)
class Splits:
    """The folder of each split; without a test folder, some rows of the other are held out.

    Attributes:
        notes: what a person should know of what is not read.
    """

    train: Path
    test: Path | None = None
    notes: tuple[str, ...] = ()


def split_of(name: str) -> str:
    """``train`` or ``test`` if a folder's or a file's name says so, else ""."""
    plain = re.sub("[^a-z]", "", name.lower())
    for split, usual in (("train", _TRAIN), ("test", _TEST)):
        if any(plain == one + ending for one in usual for ending in _ENDINGS):
            return split
    return ""


def splits_of(listing: Listing, root: Path) -> Splits:
    """The splits of a folder of the listing.

    Raises:
        DataError: if its folders may be splits or classes, or are those of two kinds of pictures.
    """
    inner = listing.folders(root)
    _refuse_unpaired(root, {folder.name: folder for folder in inner})
    trains = [folder for folder in inner if split_of(folder.name) == "train"]
    tests = sorted((f for f in inner if split_of(f.name) == "test"), key=_rank)
    if len(trains) > 1:
        raise DataError(
            f"{root} has {trains[0].name}/ and {trains[1].name}/: which is the training split?",
            hint=f"name it: folder:{trains[0]}",
        )
    if not trains:
        # Beside other folders, only what is called so everywhere is no class.
        if tests and (len(tests) == len(inner) or tests[0].name.lower() in _NO_CLASS):
            raise DataError(f"{root} has {tests[0].name}/ but no train/")
        return Splits(root)
    train, test = trains[0], next(iter(tests), None)
    others = [folder for folder in inner if folder != train and folder not in tests]
    if others and not test:
        raise DataError(
            f"{root} has {train.name}/ and {others[0].name}/: are they splits or classes?",
            hint="move class folders into train/, or call the test split test/",
        )
    there = set(listing.files)
    above = next((root / name for name in METADATA if root / name in there), None)
    if above:
        raise DataError(
            f"{above} is beside {train.name}/, where it would not be read",
            hint=f"put a {above.name} into the folder of each split",
        )
    unread = [f"{folder.name}/" for folder in (*tests[1:], *others)]
    notes = (f"not read: {', '.join(unread)} beside {train.name}/",) if unread else ()
    return Splits(train, test, notes)


def _rank(folder: Path) -> int:
    plain = re.sub("[^a-z]", "", folder.name.lower())
    return next(number for number, usual in enumerate(_TEST) if plain.startswith(usual))


def _refuse_unpaired(root: Path, folders: Mapping[str, Path]) -> None:
    if not set(_UNPAIRED) <= folders.keys():
        return
    sources = ", ".join(
        f"{{use: 'folder:{folders[name]}', columns: {{{letter}: image}}}}"
        for letter, name in zip("ab", _UNPAIRED, strict=True)
    )
    raise DataError(
        f"{root} has trainA/ and trainB/: two kinds of samples that are not paired",
        hint=f"name both in the recipe: data: {{sources: [{sources}], pair_on: null}}",
    )


def sharded(archives: Sequence[Path]) -> dict[str, list[Path]]:
    """Archives by split, as the first word of their names says; without one, all are training."""
    found: dict[str, list[Path]] = {}
    for archive in archives:
        word = re.match("[A-Za-z]*", archive.stem)
        found.setdefault(split_of(word[0] if word else "") or "train", []).append(archive)
    return found
