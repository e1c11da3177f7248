"""Values and pictures as parts of a page, which lie in the page itself."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mmgan_core.contracts import Modality

if TYPE_CHECKING:
    from PIL.Image import Image

# A file that is larger is shown as a picture alone; a picture that is larger is not kept exactly.
LARGEST, LARGE = 3_000_000, 800_000
WORDS = 2_000


@dataclass(frozen=True)
class Shown:
    """A value as a page shows it.

    Attributes:
        kind: the first half of its file's media type, which decides how a page shows it.
        data: its file, as an address that holds the content; "" if there is none to show.
        picture: what it looks like on a sample sheet, as such an address.
        words: its content, if that is text.
    """

    kind: str
    data: str = ""
    picture: str = ""
    words: str = ""


def shown(modality: Modality, value: object) -> Shown:
    """Return a decoded value as a page shows it: by the file that its modality writes."""
    with TemporaryDirectory() as folder:
        file = modality.save(value, Path(folder) / "value")
        content = file.read_bytes()
        media = mimetypes.guess_type(file.name)[0] or ""
    kind = media.partition("/")[0]
    if media.endswith(("/plain", "/html", "/css", "/csv")):
        return Shown(kind, words=content.decode("utf-8", "replace").strip()[:WORDS])
    found = Shown(kind, picture=of_picture(modality.render(value)))
    return replace(found, data=address(media, content)) if len(content) <= LARGEST else found


def all_shown(modality: Modality, values: Sequence[object]) -> list[Shown]:
    """Return decoded values as a page shows them."""
    return [shown(modality, value) for value in values]


def of_picture(picture: Image, *, width: int = 0) -> str:
    """Return a picture as an address that holds it; scaled down if it is wider than ``width``.

    It is exact, unless it is scaled down or would be larger than ``LARGE``.
    """
    scaled = bool(width) and picture.width > width
    if scaled:
        size = (width, max(1, round(picture.height * width / picture.width)))
        picture = picture.convert("RGB").resize(size)
    exact = _encoded(picture, "PNG")
    if not scaled and len(exact[1]) <= LARGE:
        return address(*exact)
    rough = _encoded(picture.convert("RGB"), "JPEG")
    return address(*min(exact, rough, key=lambda one: len(one[1])))


def _encoded(picture: Image, form: str) -> tuple[str, bytes]:
    """The media type and the content of a picture in a form that Pillow writes."""
    from PIL import Image as images

    with BytesIO() as file:
        picture.save(file, format=form, quality=88)
        return images.MIME[form], file.getvalue()


def address(media: str, content: bytes) -> str:
    """Return content as an address of its own."""
    return f"data:{media};base64,{base64.b64encode(content).decode()}"
