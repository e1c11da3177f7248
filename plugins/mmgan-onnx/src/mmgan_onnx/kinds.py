"""The kinds of reading and showing that this package knows, and those of other packages.

Another package adds one by an entry point in the group ``mmgan_onnx.readings`` or
``mmgan_onnx.showings``, whose name is the kind: a function of values, or of rows, and settings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmgan_onnx.description import Plain, text_file
from mmgan_onnx.errors import OnnxError

Read = Callable[[Sequence[object]], dict[str, Any]]
Show = Callable[[Any], list[Any]]


def reading(folder: Path, said: Plain, entry: Plain) -> Read:
    """What turns raw values of an entry into the tensors that are fed.

    Raises:
        OnnxError: if nothing installed knows this kind.
    """
    kind, settings = entry["kind"], entry["settings"]
    # Each imports what it needs when it is needed: a label needs no pictures.
    if kind in ("label", "numbers"):
        from mmgan_onnx import labels

        read = labels.read_labels if kind == "label" else labels.read_numbers
        return lambda values: read(values, settings)
    if kind in ("bytes", "ngrams", "ids"):
        from mmgan_onnx import texts

        if kind == "ids":
            name = settings.get("tokenizer", "")
            content = text_file(folder, said, name) if name else ""
            return lambda values: texts.read_ids(values, settings, content)
        simple = texts.read_bytes if kind == "bytes" else texts.read_ngrams
        return lambda values: simple(values, settings)
    if kind == "wordpieces":
        from mmgan_onnx.wordpieces import read_wordpieces

        words = text_file(folder, said, settings["vocabulary"])
        return lambda values: read_wordpieces(values, settings, words)
    if kind == "picture":
        from mmgan_onnx.pictures import read_pictures

        return lambda values: read_pictures(values, settings)
    if kind == "sound":
        from mmgan_onnx.sound import read_sounds

        return lambda values: read_sounds(values, settings)
    other = _foreign("mmgan_onnx.readings", kind)
    return lambda values: other(values, settings)


def showing(entry: Plain) -> Show:
    """What turns rows that a graph made into values for people.

    Raises:
        OnnxError: if nothing installed knows this kind.
    """
    kind, settings = entry["kind"], entry["settings"]
    if kind in ("label", "numbers"):
        from mmgan_onnx import labels

        show: Any = labels.shown_labels if kind == "label" else labels.shown_numbers
    elif kind == "ids":
        from mmgan_onnx.texts import shown_ids as show
    elif kind == "picture":
        from mmgan_onnx.pictures import shown_pictures as show
    elif kind == "sound":
        from mmgan_onnx.sound import shown_sounds as show
    else:
        show = _foreign("mmgan_onnx.showings", kind)
    return lambda rows: list(show(rows, settings))


def _foreign(group: str, kind: str) -> Callable[..., Any]:
    from importlib.metadata import entry_points  # a tenth of the time until a first sample

    for point in entry_points(group=group, name=kind):
        found: Callable[..., Any] = point.load()
        return found
    raise OnnxError(
        f"nothing installed knows values of the kind {kind!r}",
        hint=f"install the package that adds it under the entry point {group}",
    )
