"""Rules for the sample files of a model: their endings, number, size and content.

Each modality chooses the format of its samples, and a model's manifest lists the endings of the
files. A manifest may come from a stranger, so it is held to rules that hold for every modality: a
sample is a file to look at or to listen to, and nothing that a browser, a shell or Python runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.parsers import expat

from mmgan_core.errors import IntegrityError

FOLDER = "samples/"
# The ending of the sample sheet, which the core renders for every model.
SHEET_ENDING = "png"
MOST_SAMPLES = 256
LARGEST_SAMPLE = 16_000_000
LARGEST_SVG = 1_000_000

_ENDING = re.compile(r"[a-z0-9]{1,16}")
# The endings of files that are run, unpacked or rendered as active pages.
_RUNS = re.compile(
    r"x?html?|xht|shtml|xml|xslt?|svgz|mht(?:ml)?|[mc]?js|css|wasm|php|md"
    r"|py[cdw]?|ipynb|pth|sh|bash|zsh|fish|bat|cmd|psm?1|vbs|wsf|hta|scr|exe|com|dll|so|dylib"
    r"|msi|jar|class|app|apk|deb|rpm|lnk|desktop|url|reg"
    r"|pkl|pickle|pck|pt|ckpt|joblib|bin|npz|h5|hdf5|keras|onnx|safetensors"
    r"|zip|tar|t?gz|bz2|xz|zst|7z|rar|whl|egg|iso|dmg|pdf|doc[mx]?|xls[mx]?|pptx?"
)
# How files of common kinds begin; a file is what its name says.
_BEGINS = {
    "png": rb"\x89PNG\r\n\x1a\n",
    "jpg": rb"\xff\xd8\xff",
    "jpeg": rb"\xff\xd8\xff",
    "gif": rb"GIF8[79]a",
    "webp": rb"RIFF....WEBP",
    "wav": rb"(?:RIFF|RF64)....WAVE",
    "flac": rb"fLaC",
    "ogg": rb"OggS",
    "mp3": rb"ID3|\xff[\xe2-\xff]",
    "npy": rb"\x93NUMPY",
    "json": rb"[\s\[{\"\dtfn-]",
}
# How files begin that cannot be samples of any other kind.
_HEADS = {
    b"#!": "a script",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"\xca\xfe\xba\xbe": "a program",
    b"PK\x03\x04": "an archive",
    b"\x1f\x8b": "an archive",
    b"Rar!": "an archive",
    b"7z\xbc\xaf": "an archive",
    b"%PDF": "a document that can hold scripts",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
}
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_DRAWN = re.compile(
    "svg|g|defs|title|desc|path|polyline|polygon|line|rect|circle|ellipse|text|tspan"
    "|lineargradient|radialgradient|stop|clippath"
)
_ELSEWHERE = re.compile(r"url\(\s*[\"']?(?!#)|javascript:|data:|@import|expression\(", re.I)


def checked_ending(ending: str) -> str:
    """Check an ending of sample files, which has no dot, and return it.

    Raises:
        ValueError: if it is not well formed, or files with this ending are run.
    """
    if not _ENDING.fullmatch(ending):
        raise ValueError(f"{ending!r} is not an ending of files: a-z and 0-9, without the dot")
    if _RUNS.fullmatch(ending):
        raise ValueError(f"files that end in .{ending} are not samples: they can be run")
    return ending


def is_sample_name(path: str) -> bool:
    """Whether a path names a sample: it is below samples/, well formed, and not run by anything."""
    inner = path.removeprefix(FOLDER)
    if inner == path or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", inner):
        return False
    _, dot, ending = inner.rpartition(".")
    return bool(dot and _ENDING.fullmatch(ending)) and not _RUNS.fullmatch(ending)


def refuse_other_endings(paths: Iterable[str], endings: Iterable[str]) -> None:
    """Refuse samples with endings that a manifest does not list.

    Raises:
        ValueError: names the first such sample.
    """
    known = {*endings, SHEET_ENDING}
    for path in paths:
        if path.rpartition(".")[2] not in known:
            raise ValueError(
                f"{path!r} has an ending that `made` does not list: {', '.join(sorted(known))}"
            )


def refuse_active_sample(file: Path) -> None:
    """Refuse a sample whose content can be run, whatever its name is.

    Raises:
        IntegrityError: says what was found.
    """
    found = _active(file)
    if found:
        raise IntegrityError(
            f"{file} is {found}: a sample is something to look at or to listen to",
            hint="tell its author; mmgan-zoo export writes what a modality's save() writes",
        )


def _active(file: Path) -> str:
    ending = file.suffix[1:].lower()
    if ending == "txt":  # no program runs it
        return ""
    if ending == "svg":
        return _active_drawing(file)
    with file.open("rb") as stream:
        head = stream.read(4096)
    for start, what in _HEADS.items():
        if head.startswith(start):
            return what
    # Whatever its name is, some browsers look at how a file begins.
    bare = head
    for mark in _BYTE_ORDER_MARKS:
        bare = bare.removeprefix(mark)
    if bare.lstrip(b"\0 \t\r\n\f").startswith(b"<"):
        return "a page that a browser would run"
    begins = _BEGINS.get(ending)
    if begins and not re.match(begins, head, re.DOTALL):
        return f"not the {ending.upper()} file that its name promises"
    if head.startswith(b"\x93NUMPY") and re.search(rb"'descr'\s*:\s*[^,]*O", head[:512]):
        return "an array of pickled objects"
    return ""


def _active_drawing(file: Path) -> str:
    """Return what an SVG file holds beside shapes; an empty string if it holds nothing else."""
    if file.stat().st_size > LARGEST_SVG:
        return f"a drawing of more than {LARGEST_SVG:,} bytes"
    found: list[str] = []
    parser = expat.ParserCreate()

    def element(name: str, attributes: dict[str, str]) -> None:
        if not _DRAWN.fullmatch(name.rpartition(":")[2].lower()):
            found.append(f"a drawing with <{name[:40]}>")
        for key, value in attributes.items():
            link = key.rpartition(":")[2].lower() == "href" and not value.startswith("#")
            if key.lower().startswith("on") or link or _ELSEWHERE.search(value):
                found.append(f"a drawing with {key[:40]}={value[:40]!r}")

    def forbidden(*_: object) -> None:
        found.append("a drawing with a document type or an instruction")

    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = forbidden
    parser.EntityDeclHandler = forbidden
    parser.ProcessingInstructionHandler = forbidden
    try:
        parser.Parse(file.read_bytes(), True)
    except expat.ExpatError as error:
        found.append(f"not a sound drawing ({error})")
    return found[0] if found else ""
