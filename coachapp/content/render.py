"""Markdown to safe HTML, and the words of evidence found and marked in it.

The check of an author's quotations and the highlighting on the page use the same functions, so that what was checked is
what is shown.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rapidfuzz import fuzz

# Raw HTML stays text; a link or image would lead out of the chart, so only its words are kept.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("strong", "em", "s", "code", "pre", "blockquote", "hr", "br", "mark"),
}
_ATTRIBUTES = {"mark": {"id", "data-line"}, "ol": {"start"}}
_ALIGNED = {"text-align:right": "text-end", "text-align:center": "text-center"}
_CELL_CLASSES = {"th": set(_ALIGNED.values()), "td": set(_ALIGNED.values())}


@dataclass(frozen=True, slots=True)
class Match:
    """Where a quotation stands: the block's number and the span of characters in its rendered text."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a quotation could not be placed, in words for its author."""

    message: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A quotation to be highlighted: its words, the id of its first `<mark>` and the key line it belongs to."""

    quote: str
    mark_id: str
    line_id: str
    nth: int | None = None


def collapse(text: str) -> str:
    """Return a text with every run of white space as one space, and none at its ends."""
    return " ".join(text.split())


def _parse(text: str) -> list[Token]:
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.children:
            token.children = [
                _plain(child) for child in token.children if child.type not in ("link_open", "link_close")
            ]
    return tokens


def _plain(child: Token) -> Token:
    return Token("text", "", 0, content=_image_words(child)) if child.type == "image" else child


def _image_words(image: Token) -> str:
    return "".join(child.content for child in image.children or () if child.type in ("text", "code_inline"))


def _holds_text(token: Token) -> bool:
    return token.type in ("inline", "fence", "code_block")


def _pieces(token: Token) -> list[str]:
    """Return the raw text of each child of a block; of one that is no text, nothing; of a line break, a line feed."""
    if token.type != "inline":
        return [token.content]
    texts = {"text", "code_inline"}
    breaks = {"softbreak", "hardbreak"}
    children = token.children or []
    return [c.content if c.type in texts else "\n" if c.type in breaks else "" for c in children]


@lru_cache(maxsize=256)
def blocks(text: str) -> tuple[str, ...]:
    """Return the rendered text of each block in order: heading, paragraph, list item's paragraph, table cell, code.

    White space is collapsed.
    """
    return tuple(collapse("".join(_pieces(token))) for token in _parse(text) if _holds_text(token))


def _occurrences(quote: str, texts: Sequence[str]) -> list[Match]:
    found = []
    for number, text in enumerate(texts):
        start = text.find(quote)
        while start >= 0:
            found.append(Match(number, start, start + len(quote)))
            start = text.find(quote, start + 1)
    return found


def locate(quote: str, text: str, *, nth: int | None = None) -> Match | Problem:
    """Find a quotation in a Markdown document: inside one block, white space collapsed, case kept.

    Without `nth` it must occur once; with it, at least that often. What cannot be placed gives a Problem that says why.
    """
    wanted = collapse(quote)
    if not wanted:
        return Problem("the quotation is empty")
    texts = blocks(text)
    found = _occurrences(wanted, texts)
    if not found:
        return Problem(_why_absent(wanted, texts))
    if nth is None and len(found) > 1:
        return Problem(f"the words occur {len(found)} times; quote more of them, or give nth, 1 to {len(found)}")
    if nth is not None and nth > len(found):
        times = "once" if len(found) == 1 else f"{len(found)} times"
        return Problem(f"nth is {nth}, but the words occur only {times}")
    return found[(nth or 1) - 1]


def _why_absent(wanted: str, texts: Sequence[str]) -> str:
    for text in texts:
        start = text.casefold().find(wanted.casefold())
        if start >= 0:
            return f"the words stand there with other capitals: {text[start : start + len(wanted)]!r}"
    if wanted in " ".join(texts):
        return "the words run over more than one paragraph, list item or cell; quote them in parts"
    bare = collapse(wanted.replace("**", "").replace("__", "").replace("`", "").replace("*", ""))
    if bare != wanted and bare and any(bare in text for text in texts):
        return "the words are there without the Markdown signs; leave those out"
    best = ("", 0.0)
    for text in texts:
        if len(text) < len(wanted) // 2:
            continue
        alignment = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=80)
        if alignment is not None and alignment.score > best[1]:
            best = (collapse(text[alignment.dest_start : alignment.dest_end]), alignment.score)
    return f"the words are not there; nearest is {best[0]!r}" if best[0] else "the words are not there"


def _collapsed_index(raw: str) -> list[int]:
    """Return for each raw character its place in the collapsed text, or -1 for white space that vanished."""
    places = []
    position = 0
    pending = False
    end = len(raw.rstrip())
    for index, character in enumerate(raw):
        if not character.isspace():
            position += pending
            pending = False
            places.append(position)
            position += 1
        elif pending or not position or index >= end:
            places.append(-1)
        else:
            # The first of a run stands for its one space.
            pending = True
            places.append(position)
    return places


def _segments(
    piece: str, places: Sequence[int], spans: Sequence[tuple[int, int, int]]
) -> list[tuple[str, tuple[int, ...]]]:
    """Cut a piece where the set of quotations that cover it changes: (text, numbers of the covering quotations)."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for character, place in zip(piece, places, strict=True):
        covering = tuple(number for start, end, number in spans if start <= place < end)
        if found and (found[-1][1] == covering or place < 0):
            found[-1] = (found[-1][0] + character, found[-1][1])
        else:
            found.append((character, covering))
    return found


class _Marker:
    """Wraps the covered parts of blocks; the first part of each quotation carries its id."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self.marks = marks
        self.placed: set[int] = set()

    def wrap(self, text: str, covering: Sequence[int]) -> str:
        wrapped = html.escape(text)
        for number in reversed(covering):
            mark = self.marks[number]
            identity = "" if number in self.placed else f' id="{html.escape(mark.mark_id)}"'
            self.placed.add(number)
            wrapped = f'<mark{identity} data-line="{html.escape(mark.line_id)}">{wrapped}</mark>'
        return wrapped

    def block(self, token: Token, spans: Sequence[tuple[int, int, int]]) -> None:
        pieces = _pieces(token)
        places = _collapsed_index("".join(pieces))
        offset = 0
        wrapped = []
        for piece in pieces:
            segments = _segments(piece, places[offset : offset + len(piece)], spans)
            wrapped.append("".join(self.wrap(text, covering) for text, covering in segments))
            offset += len(piece)
        if token.type != "inline":
            token.type, token.content = "html_block", f"<pre><code>{wrapped[0]}</code></pre>\n"
            return
        for child, content in zip(token.children or (), wrapped, strict=True):
            if child.type == "code_inline":
                child.type, child.content = "html_inline", f"<code>{content}</code>"
            elif child.type in ("text", "softbreak"):
                child.type, child.content = "html_inline", content


def _html(tokens: list[Token], demote: int) -> str:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + demote)}"
        style = token.attrs.pop("style", None)
        if style in _ALIGNED:
            token.attrs["class"] = _ALIGNED[str(style)]
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(rendered, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CELL_CLASSES, link_rel=None)


def render_document(text: str, *, demote: int = 2) -> str:
    """Return Markdown as safe HTML: no raw HTML, image or link; every heading `demote` levels lower (1 to 5)."""
    return mark(text, (), demote=demote)


def mark(text: str, marks: Sequence[Mark], *, demote: int = 2) -> str:
    """Return a Markdown document as safe HTML with each quotation in `<mark id= data-line=>`.

    A quotation that runs over bold words or overlaps another is marked in several parts, the first of which carries the
    id. One that cannot be placed is left unmarked. The text itself never changes.
    """
    if not 1 <= demote <= 5:
        raise ValueError(f"demote must be 1 to 5, not {demote}")
    spans: dict[int, list[tuple[int, int, int]]] = {}
    for number, wanted in enumerate(marks):
        place = locate(wanted.quote, text, nth=wanted.nth)
        if isinstance(place, Match):
            spans.setdefault(place.block, []).append((place.start, place.end, number))
    tokens = _parse(text)
    marker = _Marker(marks)
    for number, token in enumerate([token for token in tokens if _holds_text(token)]):
        if number in spans:
            marker.block(token, spans[number])
    return _html(tokens, demote)
