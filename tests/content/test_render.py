"""Charts as safe HTML, and evidence found and marked in them."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachapp.content.render import Mark, Match, Problem, blocks, collapse, locate, mark, render_document

CHART = """\
# Operative *note*

The **right** [radius](https://example.org/x) was ![film](y.png)  reduced
under `C-arm` control &amp; splinted.

- closed reduction
- closed reduction, again
  - nested item

| view | finding |
|:--|--:|
| lateral | volar tilt |

```
BP  120/80
```
"""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def marked_parts(html: str, line: str) -> str:
    """Return the text inside the marks of one line, parts joined."""
    inside: list[str] = []

    class Reader(HTMLParser):
        stack: list[str | None]

        def __init__(self) -> None:
            super().__init__()
            self.stack = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "mark":
                self.stack.append(dict(attrs).get("data-line"))

        def handle_endtag(self, tag: str) -> None:
            if tag == "mark":
                self.stack.pop()

        def handle_data(self, data: str) -> None:
            if line in self.stack:
                inside.append(data)

    reader = Reader()
    reader.feed(html)
    return collapse("".join(inside))


def test_blocks_are_what_a_reader_sees() -> None:
    assert blocks(CHART) == (
        "Operative note",
        "The right radius was film reduced under C-arm control & splinted.",
        "closed reduction",
        "closed reduction, again",
        "nested item",
        "view",
        "finding",
        "lateral",
        "volar tilt",
        "BP 120/80",
    )


def test_a_document_brings_no_first_heading_link_image_or_style() -> None:
    html = render_document(CHART)
    assert "<h3>Operative <em>note</em></h3>" in html
    assert not re.search(r"<(h1|h2|a|img|script|style)\b|style=|href|src", html)
    assert '<td class="text-end">volar tilt</td>' in html


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "![x](https://example.org/y.png)",
        "<https://example.org>",
        "[a]\n\n[a]: https://example.org",
        '<mark id="m1">x</mark>',
    ],
)
def test_nothing_active_or_outside_comes_through(bad: str) -> None:
    assert not re.search(r"<(?!/?(p|strong|em)>)\w|href=|src=\S*//", render_document(bad).replace("&lt;", ""))


def test_headings_go_down_as_many_levels_as_asked() -> None:
    assert render_document("# a\n\n##### b", demote=1) == "<h2>a</h2>\n<h6>b</h6>\n"
    with pytest.raises(ValueError, match="demote must be 1 to 5"):
        render_document("x", demote=0)


@pytest.mark.parametrize(
    ("quote", "nth", "place"),
    [
        ("right radius was", None, Match(1, 4, 20)),
        ("reduced   under\nC-arm", None, Match(1, 26, 45)),
        ("control & splinted.", None, Match(1, 46, 65)),
        ("closed reduction", 2, Match(3, 0, 16)),
        ("volar tilt", None, Match(8, 0, 10)),
        ("BP 120/80", None, Match(9, 0, 9)),
    ],
)
def test_evidence_is_found_in_the_rendered_text(quote: str, nth: int | None, place: Match) -> None:
    assert locate(quote, CHART, nth=nth) == place


@pytest.mark.parametrize(
    ("quote", "nth", "message"),
    [
        ("closed reduction", None, "occur 2 times"),
        ("closed reduction", 3, "nth is 3, but the words occur only 2 times"),
        ("volar tilt", 2, "nth is 2, but the words occur only once"),
        ("Closed Reduction", None, "other capitals: 'closed reduction'"),
        ("note The right", None, "more than one paragraph, list item or cell"),
        ("The **right** radius", None, "leave those out"),
        ("radius was film reducible under", None, "nearest is"),
        ("a pathologic fracture of the hip", None, "the words are not there"),
        (" \n", None, "the quotation is empty"),
    ],
)
def test_evidence_that_is_not_there_says_why(quote: str, nth: int | None, message: str) -> None:
    place = locate(quote, CHART, nth=nth)
    assert isinstance(place, Problem)
    assert message in place.message


def test_a_mark_runs_over_bold_words_links_and_code() -> None:
    html = mark(CHART, [Mark("The right radius was film reduced under C-arm control", "m1", "d1")])
    assert marked_parts(html, "d1") == "The right radius was film reduced under C-arm control"
    assert html.count('id="m1"') == 1
    assert "<strong><mark" in html
    assert "<code><mark" in html


def test_marks_may_overlap_and_hold_one_another() -> None:
    html = mark(
        CHART,
        [
            Mark("right radius was", "m1", "d1"),
            Mark("radius was film reduced", "m2", "s1"),
            Mark("was", "m3", "d2"),
            Mark("BP 120/80", "m4", "d3"),
            Mark("lateral", "m5", "d4"),
            Mark("not there", "m6", "d5"),
        ],
    )
    assert marked_parts(html, "d1") == "right radius was"
    assert marked_parts(html, "s1") == "radius was film reduced"
    assert marked_parts(html, "d2") == "was"
    assert marked_parts(html, "d3") == "BP 120/80"
    assert marked_parts(html, "d4") == "lateral"
    assert [html.count(f'id="m{n}"') for n in range(1, 7)] == [1, 1, 1, 1, 1, 0]


def test_the_nth_occurrence_is_marked() -> None:
    html = mark(CHART, [Mark("closed reduction", "m1", "s1", nth=2)])
    assert '<li><mark id="m1" data-line="s1">closed reduction</mark>, again' in html


def test_ids_and_words_are_escaped() -> None:
    html = mark('a < b & "c"', [Mark('< b & "c"', 'm"><script>', "d1")])
    assert text_of(html) == 'a < b & "c"\n'
    assert "<script>" not in html


_WORDS = st.lists(
    st.sampled_from(
        ["pain", "left", "**bold words**", "*em*", "`code x`", "a  b", "&amp;", "<b>", "x_y", "2<3", "[l](u)"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
_DOCUMENTS = st.lists(
    st.one_of(
        _WORDS,
        _WORDS.map(lambda words: f"## {words}"),
        _WORDS.map(lambda words: f"- {words}\n- {words}\n  more"),
        _WORDS.map(lambda words: f"| a | b |\n|---|---|\n| {words} | x |"),
        _WORDS.map(lambda words: f"```\n{words}\n  {words}\n```"),
        st.text(max_size=40),
    ),
    min_size=1,
    max_size=5,
).map("\n\n".join)


@settings(max_examples=150)
@given(_DOCUMENTS, st.data())
def test_any_part_of_a_block_is_found_and_marking_changes_no_text(document: str, data: st.DataObject) -> None:
    texts = [text for text in blocks(document) if text]
    plain = text_of(render_document(document))
    marks = []
    for number in range(data.draw(st.integers(0, 3)) if texts else 0):
        block = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(block) - 1))
        quote = collapse(block[start : data.draw(st.integers(start + 1, len(block)))])
        if not quote:
            continue
        place = locate(quote, document, nth=1)
        assert isinstance(place, Match)
        assert blocks(document)[place.block][place.start : place.end] == quote
        marks.append(Mark(quote, f"m{number}", f"d{number}", nth=1))
    html = mark(document, marks)
    assert text_of(html) == plain
    for wanted in marks:
        assert marked_parts(html, wanted.line_id) == wanted.quote
        assert html.count(f'id="{wanted.mark_id}"') == 1
