"""The sample sheets of a run as a page shows them: the newest large, earlier ones in a strip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmgan_core.reports.embedded import of_picture

EARLIER = 7
WIDEST, SMALL = 2_400, 480


@dataclass(frozen=True)
class Sheet:
    """A sample sheet.

    Attributes:
        samples: how many samples training had seen.
        picture: the sheet as an address that holds it.
        width: how wide it is, in pixels.
    """

    samples: int
    picture: str
    width: int


def newest_sheet(run: Path) -> Sheet | None:
    """Return the newest sample sheet of a run, or None if there is none."""
    files = _files(run)
    return _sheet(files[-1], WIDEST) if files else None


def earlier_sheets(run: Path) -> list[Sheet]:
    """Return the first of the earlier sample sheets, some evenly spaced, and the last of them."""
    files = _files(run)[:-1]
    count = min(EARLIER, len(files))
    places = [round((len(files) - 1) * place / max(1, count - 1)) for place in range(count)]
    return [_sheet(files[place], SMALL) for place in places]


def _files(run: Path) -> list[Path]:
    return [file for file in sorted((run / "samples").glob("*.png")) if file.stem.isdigit()]


def _sheet(file: Path, widest: int) -> Sheet:
    from PIL import Image

    with Image.open(file) as picture:
        return Sheet(int(file.stem), of_picture(picture, width=widest), picture.width)
