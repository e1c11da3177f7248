"""A card is plain Markdown: nothing that a browser would run is accepted, and honest text is."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mmgan_core.errors import IntegrityError
from mmgan_core.zoo.directory import ModelDirectory, refuse_active
from mmgan_core.zoo.plain_markdown import what_is_not_plain
from mmgan_core.zoo.sample_files import refuse_active_sample

RUN = "alert(1)"
TAGS = [
    "<script>alert(1)</script>",
    "<script src=//x.example/y.js></script>",
    "<SCRIPT\n>alert(1)</SCRIPT>",
    "<script/x>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x\nonerror='alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href='data:image/svg+xml;base64,PHN2Zy8+#x'/></svg>",
    "<math><mtext><a href=javascript:alert(1)>x</a></mtext></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=//x.example/x.swf>",
    "<form action=javascript:alert(1)><button>go</button></form>",
    "<button formaction=javascript:alert(1)>go</button>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<style>@import '//x.example/x.css';</style>",
    "<link rel=stylesheet href=//x.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=//x.example/>",
    "<div style='background:url(javascript:alert(1))'>x</div>",
    "<p onclick=alert(1)>x</p>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<x-y onclick=alert(1)>x</x-y>",
    "<!-- x --><img src=x onerror=alert(1)><!-- y -->",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!DOCTYPE html><html><script>alert(1)</script>",
    "</p><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea autofocus onfocus=alert(1)>",
    "<select onchange=alert(1)><option>1</select>",
    "<img src=x onerror=alert(1)",
    "<script>alert(1)",
]
SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,x",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,x",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript:alert(1)",
    "javascript&colon;alert(1)",
    "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)",
    "%6Aavascript:alert(1)",
    "file:///etc/passwd",
    "//x.example/y",
    "\\\\x.example\\y",
    "blob:https://x.example/1",
    "ms-settings:x",
    "javascript\uff1aalert(1)",
    "../../x",
    "filesystem:https://x.example/1",
]
# Each makes a link or a picture of an address.
LINKS: dict[str, Callable[[str], str]] = {
    "link": lambda to: f"[x]({to})",
    "bracketed": lambda to: f"[x](<{to}>)",
    "picture": lambda to: f"![x]({to})",
    "linked picture": lambda to: f"[![x](samples/a.png)]({to})",
    "reference": lambda to: f"[x][1]\n\n[1]: {to}",
    "unused reference": lambda to: f"Text.\n\n[1]: {to}",
    "in a list": lambda to: f"- 1\n  - [x]({to})",
    "in a quotation": lambda to: f"> [x]({to})",
    "in a heading": lambda to: f"# [x]({to})",
    "in a table": lambda to: f"| a |\n| --- |\n| [x]({to}) |",
    "in emphasis": lambda to: f"***[x]({to})***",
}
AUTOLINKS = [f"<{to}>" for to in SCHEMES if to[0] not in "&%/\\." and " " not in to]
# Where markup stands.
PLACES: dict[str, Callable[[str], str]] = {
    "alone": lambda markup: markup,
    "in a sentence": lambda markup: f"Text {markup} more",
    "in a list": lambda markup: f"- one\n- {markup}",
    "in a quotation": lambda markup: f"> {markup}",
    "in a table": lambda markup: f"| a | b |\n| --- | --- |\n| c | {markup} |".replace("\n>", " >"),
    "behind code": lambda markup: f"`a` {markup}",
    "behind a fence": lambda markup: f"```sh\nls\n```\n{markup}",
    "in a heading": lambda markup: f"## {markup}",
    "in emphasis": lambda markup: f"**{markup}**",
}
TRICKS = [
    "```mermaid\ngraph TD\nA-->B\nclick A 'javascript:alert(1)'\n```",
    "```math\n\\href{javascript:alert(1)}{x}\n```",
    "```geojson\n{}\n```",
    "```sh {onclick=alert(1)}\nx\n```",
    "```sh\nthis has no end",
    "$$\\href{javascript:alert(1)}{x}$$",
    '$\\unicode["onclick=alert(1)"]{x}$',
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\ufe64img src=x onerror=alert(1)\ufe65",
    "<\u017fcript>alert(1)</\u017fcript>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "ab\u202ecd",
    "ab\u2066cd",
    "ab\u0000cd",
    "\x1b[31mred",
    "\ufeffx",
    "x\u2028y",
    "\ud800",
    "`a`<script>`b`</script>",
    "| a | b |\n| --- | --- |\n| `x | <script>alert(1)</script>` |",
    "[x](https://x.example \"a' onmouseover=alert(1) '\")",
    "    <script>alert(1)</script>",
    "![x](https://x.example/pixel.png)",
    "![x](samples/../x.png)",
    "[x](https://user:password@x.example)",
    "\\<script>\\<b onclick=alert(1)><script>alert(1)</script>",
]
PAYLOADS = {
    **{
        f"{place}: {tag}": put(tag) for tag, (place, put) in itertools.product(TAGS, PLACES.items())
    },
    **{f"{way}: {to}": put(to) for to, (way, put) in itertools.product(SCHEMES, LINKS.items())},
    **{f"address: {link}": link for link in AUTOLINKS},
    **{f"trick: {trick!r}": trick for trick in TRICKS},
}
HONEST = [
    *("Set once = true", "a < b", "a<b", "a > b", "1 < 2 > 0", "x <= y >= z", "a <- b", "I <3 it"),
    *("on = off", "onset = 3", "data: text of books", "javascript: a language", "script", "iframe"),
    *("Tom & Jerry", "&amp; is written so", "AT&T", "100 %", "$5 and $6", "50 % of 2 * 3 * 4"),
    *("# Heading", "## A *heading* in `code`", "- a\n- b\n  - c", "1. a\n2. b", "> quoted\n> text"),
    *("**bold** and *slanted*", "~~gone~~", "---", "***", "a  \nb", "snake_case_name", "a\\*b"),
    "`<script>alert(1)</script>` is shown as code",
    "`a | b`, ``a ` b``",
    "```python\nif a < b:\n    print('<b>')\n```",
    "```sh\nmmgan-zoo generate digits 'text=three' --count 8\n```",
    "```\nno language\n```",
    "~~~text\ntildes\n~~~",
    "    indented code",
    "| a | b |\n| --- | :-: |\n| `x` | 0.98 |\n| <3 | a \\| b |",
    "![samples](samples/sheet.png)",
    "[a-001.wav](samples/a-001.wav)",
    "[paper](https://arxiv.org/abs/1406.2661)",
    "[a place](https://example.org/a/b?c=d&e=f#g)",
    '[titled](https://example.org "A title")',
    "<https://example.org/x>",
    "https://example.org/x",
    "[below](#limits)",
    "[one][1]\n\n[1]: https://example.org",
    "[ ] to do, [x] done",
    "---\nlicense: apache-2.0\ntags:\n- gan\n---\n\n# Name\n",
    *("Fréchet, naïve, Zürich", "日本語の数字", "数字（例）：三", "עברית", "العربية", "हिन्दी"),
    *("👩\u200d🚀 and ❤️", "“quotes” – dashes — …", "½ of 1²", "x ∈ ℝ, x ≥ 0", "a\tb", "a\r\nb\r\n"),
    "E = mc\\^2, \\$x\\$, C:\\\\data",
    "if (a < b && c > d) return;",
    "function(x) { return x }",
    "Contact: <someone@example.org>",
]


def test_there_are_many() -> None:
    assert len(set(PAYLOADS.values())) >= 600
    assert len(set(HONEST)) >= 60


def test_no_payload_is_accepted() -> None:
    assert [name for name, text in PAYLOADS.items() if not what_is_not_plain(text)] == []


def test_no_payload_is_accepted_below_an_honest_card(published: Path) -> None:
    card = (published / "README.md").read_text(encoding="utf-8")
    some = list(PAYLOADS.items())[::7]
    assert [name for name, text in some if not what_is_not_plain(f"{card}\n{text}\n")] == []


def test_no_honest_text_is_refused() -> None:
    assert [(text, why) for text in HONEST if (why := what_is_not_plain(text))] == []
    assert what_is_not_plain("\n\n".join(HONEST[8:])) == ""


def test_a_payload_in_a_model_is_refused(model: Path, rehash: Callable[..., None]) -> None:
    (model / "README.md").write_text("[x](javascript:alert(1))", encoding="utf-8")
    rehash()
    with pytest.raises(IntegrityError, match="may hold active content, a link to 'javascript"):
        ModelDirectory.open(model)


def _endless() -> Iterator[tuple[str, str]]:
    size = 900_000
    for sign in (*"<&[!*_`>|#-(~", "![", "<!--", "a\n", "- a\n", "|\n", "[a]: b\n", "\n", "<a "):
        yield repr(sign), sign * (size // len(sign))
    yield "spaces", "<" + " " * size
    for sign in ("[", "*a", "<a ", "![a", "[a](", "`", "**a_"):
        yield f"paragraphs of {sign!r}", (sign * 900 + "\n\n") * (size // (900 * len(sign)))


ENDLESS = dict(_endless())


@pytest.mark.parametrize("name", ENDLESS)
def test_a_long_card_is_decided_at_once(tmp_path: Path, name: str) -> None:
    file = tmp_path / "README.md"
    for length in (900_000, 149_000):
        file.write_text(ENDLESS[name][:length], encoding="utf-8")
        began = time.process_time()
        with suppress(IntegrityError):
            refuse_active(file)
        assert time.process_time() - began < 20  # with the square of the length: minutes


SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'>{}</svg>"
SAMPLES = {
    "x.svg": [
        SVG.format("<script>alert(1)</script>"),
        SVG.format("<a x:href='javascript:alert(1)'><path/></a>"),
        SVG.format("<path onclick='alert(1)'/>"),
        SVG.format("<foreignObject><p/></foreignObject>"),
        SVG.format("<image href='https://x.example/y.png'/>"),
        SVG.format("<style>@import 'x'</style>"),
        SVG.format("<path style='fill:url(https://x.example/y)'/>"),
        "<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.format("&a;"),
        "<?xml-stylesheet href='x.css'?>" + SVG.format(""),
        "no drawing",
    ],
    "x.png": ["<svg onload=alert(1)/>", "GIF89a", "#!/bin/sh", "", "\ufeff<html>", " \n<x/>"],
    "x.wav": ["RIFF....AVI ", "OggS"],
    "x.json": ["<script>", "javascript:1"],
    "x.mid": ["%PDF-1.7", "MZ", "<?php", "PK\x03\x04"],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_what_its_name_says(tmp_path: Path, name: str) -> None:
    for content in SAMPLES[name]:
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(IntegrityError):
            refuse_active_sample(tmp_path / name)


def test_an_honest_drawing_is_a_sample(tmp_path: Path) -> None:
    file = tmp_path / "x.svg"
    file.write_text(SVG.format("<g><path d='M0 0L1 1'/></g>"), encoding="utf-8")
    refuse_active_sample(file)
