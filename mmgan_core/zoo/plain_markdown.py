"""Plain Markdown: what the card of a model may hold, as a list of what is good.

A card comes from a stranger and is shown by browsers. It is parsed as CommonMark with tables, and
every piece must be one of those that a card needs: text, lists, tables, code, pictures of the
model's own samples, and links to them or to an https address. Renderers differ, so what any of them
could take for markup is refused too, whether or not CommonMark does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

_BLOCKS = re.compile(
    "(?:heading|paragraph|bullet_list|ordered_list|list_item|blockquote"
    "|table|thead|tbody|tr|th|td)_(?:open|close)|hr|inline|fence|code_block"
)
_INLINE = re.compile(
    "text|text_special|softbreak|hardbreak|code_inline|image|(?:strong|em|s|link)_(?:open|close)"
)
_WRITTEN = re.compile("text(?:_special)?")
# What code can be shown as: renderers draw, or run, some others, such as mermaid.
_LANGUAGES = re.compile(
    "|sh|bash|shell|console|text|txt|python|py|pycon|yaml|json|toml|ini|csv|diff|html|css|xml"
    "|javascript|js|c|cpp|rust|go|java|sql|r|julia"
)
_SAMPLE = re.compile(r"samples/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LINK = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?(?:/[A-Za-z0-9._~/%+,;=@&?#!*()-]*)?"
    rf"|mailto:[\w.+-]+@[\w.-]+|#[\w-]*|recipe\.yaml|model\.json|{_SAMPLE.pattern}"
)
_TITLE = re.compile(r"[^<>\"'=`\\]*")
# What less strict renderers may take for markup; but "a<b" is a comparison.
_TAG = re.compile(
    r"<[/!?]|(?<![\w)\]])<[A-Za-z]|<[A-Za-z][^\s>]*/|<[A-Za-z][^>]{0,200}>|<[A-Za-z][^=]{0,200}="
)
# Formulas, in which some renderers follow links.
_FORMULA = re.compile(r"\\(?:href|url|html\w*|includegraphics|unicode|require|def|newcommand)\b")
# No card needs a longer paragraph, or one with more signs of a kind; parsing it could take a time
# that grows with the square of its length.
LONGEST, MOST_SIGNS = 10_000, 1_000
_SIGNS = "[]()<>*_`!~&"
# In emoji and in some scripts; other characters that nobody sees are refused.
_UNSEEN = "\u200c\u200d"


def what_is_not_plain(text: str) -> str:
    """Return what in a text is no plain Markdown, as a reader sees it; "" for nothing."""
    text = text.replace("\r\n", "\n")
    found = next((c for c in text if _is_hidden(c)), "")
    if found:
        return f"the character U+{ord(found):04X}, which nobody sees"
    for piece in _pieces(text):
        if len(piece) > LONGEST:
            return f"a paragraph of more than {LONGEST:,} characters"
        sign = next((sign for sign in _SIGNS if piece.count(sign) > MOST_SIGNS), "")
        if sign:
            return f"a paragraph with more than {MOST_SIGNS:,} of {sign!r}"
    # Signs that look like others are what they look like.
    alike = unicodedata.normalize("NFKC", text)
    return next(_faults(text), "") or ("" if alike == text else next(_faults(alike), ""))


def _pieces(text: str) -> Iterator[str]:
    """Yield what is parsed as one: a paragraph, or a row of a table."""
    kept: list[str] = []
    for line in text.split("\n"):
        alone = not line.strip(" \t>") or line.startswith("| ")
        if alone:
            yield "\n".join(kept)
            kept = []
            yield line
        else:
            kept.append(line)
    yield "\n".join(kept)


def _is_hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character not in "\n\t" and character not in _UNSEEN
    return False


def _faults(text: str) -> Iterator[str]:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("text_join")
    # The reader would leave some links as text, which other readers follow: all are checked here.
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    known: dict[str, dict[str, dict[str, str]]] = {}
    lines = text.splitlines()
    for token in reader.parse(text, known):
        if not _BLOCKS.fullmatch(token.type):
            yield _shown(token.type, token.content)
        elif token.type == "fence":
            yield from _of_a_fence(token, lines)
        elif token.type == "code_block" and _TAG.search(token.content):
            yield _shown("markup", token.content)
        yield from _of_a_line(token.children or ())
    for one in known.get("references", {}).values():
        yield from _of_a_link(one["href"], one.get("title", ""))


def _of_a_fence(token: Token, lines: Sequence[str]) -> Iterator[str]:
    if not _LANGUAGES.fullmatch(token.info.strip().lower()):
        yield _shown("code in the language", token.info)
    first, end = token.map or (0, 0)
    last = lines[end - 1].lstrip(" >\t").rstrip() if end - first > 1 else ""
    if len(last) < len(token.markup) or set(last) != {token.markup[0]}:
        yield "code without an end"


def _of_a_line(tokens: Sequence[Token]) -> Iterator[str]:
    yield from _of_text("".join(map(_as_written, tokens)))
    for token in tokens:
        if not _INLINE.fullmatch(token.type):
            yield _shown("markup", token.content)
        elif token.type == "link_open":
            yield from _of_a_link(str(token.attrs.get("href")), str(token.attrs.get("title", "")))
        elif token.tag == "img":
            if not _SAMPLE.fullmatch(str(token.attrs.get("src"))):
                yield _shown("a picture from elsewhere", str(token.attrs.get("src")))
            yield from _of_a_title(str(token.attrs.get("title", "")))
            yield from _of_a_line(token.children or ())


def _as_written(token: Token) -> str:
    """The text of a token; a sign in place of what is escaped, or is no text."""
    # A backslash that escapes nothing stands before what it does not escape.
    special = token.type.endswith("_special")
    is_text = _WRITTEN.fullmatch(token.type) and (not special or len(token.content) == 2)
    return token.content if is_text else "\n" if token.type.endswith("break") else "\ufffc"


def _of_text(text: str) -> Iterator[str]:
    for form, what in ((_TAG, "markup"), (_FORMULA, "a formula with a command")):
        found = form.search(text)
        if found:
            yield _shown(what, text[found.start() :])


def _of_a_link(href: str, title: str) -> Iterator[str]:
    if not _LINK.fullmatch(href):
        yield _shown("a link to", href)
    yield from _of_a_title(title)


def _of_a_title(title: str) -> Iterator[str]:
    if not _TITLE.fullmatch(title):
        yield _shown("the title", title)


def _shown(what: str, text: str) -> str:
    return f"{what} {text.strip()[:40]!r}"
