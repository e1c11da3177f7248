"""What of given values is not read: the end of a longer text or sound, the sides of a picture.

What is said is what mmgan-zoo says of the same value. Values of other kinds are read whole, as far
as this package knows.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from mmgan_onnx.description import Plain, text_file
from mmgan_onnx.errors import Unread


def warn_of_unread(
    name: str, values: Sequence[object], folder: Path, said: Plain, entry: Plain
) -> None:
    """Warn once of the values of an entry of which a part is not read."""
    found = [unread for value in values if (unread := unread_of(value, folder, said, entry))]
    if found:
        cut = f"{len(found)} of {len(values)} values are cut; of the first, "
        # From here over the methods of the model.
        text = f"{name}: {found[0] if len(values) == 1 else cut + found[0]}"
        warnings.warn(text, Unread, stacklevel=5)


def unread_of(value: object, folder: Path, said: Plain, entry: Plain) -> str:
    """What of a value is not read, as a clause; "" if all of it is."""
    kind, settings = entry["kind"], entry["settings"]
    if kind in ("bytes", "ids"):
        from mmgan_onnx import texts

        if kind == "bytes":
            return _first(settings["length"], len(texts.bytes_of(value, settings)), "bytes")
        tokenizer = settings.get("tokenizer", "")
        content = text_file(folder, said, tokenizer) if tokenizer else ""
        unit = "pieces" if content else "characters"
        return _first(settings["length"], len(texts.ids_of(value, settings, content)), unit)
    if kind == "wordpieces":
        from mmgan_onnx.wordpieces import ids_of

        pieces = ids_of(value, settings, text_file(folder, said, settings["vocabulary"]))
        return _first(settings["most"] - 2, len(pieces), "pieces")
    if kind == "picture" and settings["fit"] == "crop":
        from mmgan_onnx.pictures import opened

        return _middle(opened(value).size, (settings["width"], settings["height"]))
    if kind == "sound":
        from mmgan_onnx.sound import heard

        rate, length, whole = settings["rate"], settings["length"], len(heard(value, settings))
        if whole > length + rate // 100:
            return f"only the first {length / rate:.2f} of its {whole / rate:.2f} seconds are read"
    return ""


def _first(most: int, length: int, unit: str) -> str:
    return f"only the first {most:,} of its {length:,} {unit} are read" if length > most else ""


def _middle(size: tuple[int, int], frame: tuple[int, int]) -> str:
    scale = min(own / wanted for own, wanted in zip(size, frame, strict=True))
    width, height = (round(scale * wanted) for wanted in frame)
    # Less than a pixel of the frame is a matter of rounding.
    if max(size[0] - width, size[1] - height) < max(1, scale):
        return ""
    return f"only the middle {width} x {height} of its {size[0]} x {size[1]} pixels are read"
