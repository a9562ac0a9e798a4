"""Reading YAML as text with places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachapp.content.export import to_yaml
from coachapp.content.yamlread import MOST_BYTES, Unreadable, decode, read_yaml


@pytest.mark.parametrize(
    "code",
    ["00100", "0016070", "3E03317", "NO", "1_000", "0x1F", "1:30", "2026-05-12", "1.0", "true", "yes", ".5", "="],
)
def test_scalars_stay_as_they_were_typed(code: str) -> None:
    assert read_yaml(f"code: {code}\n".encode(), "f").data == {"code": code}


@pytest.mark.parametrize(("text", "value"), [("a:\n", None), ("a: ~", None), ("a: null", None)])
def test_null_is_an_empty_value_or_a_plain_null(text: str, value: object) -> None:
    assert read_yaml(text.encode(), "f").data == {"a": value}


@pytest.mark.parametrize("text", ["a: 'null'", 'a: "~"', 'a: ""', "a: NULL", "a: none"])
def test_what_is_quoted_is_text(text: str) -> None:
    data = read_yaml(text.encode(), "f").data
    assert isinstance(data, dict)
    assert isinstance(data["a"], str)


def test_every_key_and_value_has_its_place() -> None:
    source = read_yaml("é: 1\nb:\n- x\n- {c: ü, d: [1, 2]}\nt: |\n  text\n".encode(), "f")
    assert source.values == {
        (): (1, 1),
        ("é",): (1, 4),
        ("b",): (3, 1),
        ("b", 0): (3, 3),
        ("b", 1): (4, 3),
        ("b", 1, "c"): (4, 7),
        ("b", 1, "d"): (4, 13),
        ("b", 1, "d", 0): (4, 14),
        ("b", 1, "d", 1): (4, 17),
        ("t",): (5, 4),
    }
    assert source.key_place(("b", 1, "d")) == (4, 10)
    assert source.place(("b", 1, "d", 7, "deeper")) == (4, 13)
    assert source.place(("nothing",)) == (1, 1)


@pytest.mark.parametrize(
    ("raw", "line", "column", "message"),
    [
        (b"", 1, 1, "the file is empty"),
        (b"# only a remark\n", 1, 1, "the file is empty"),
        (b"a: &x 1\nb: 2\n", 1, 4, "the anchor &x is not allowed"),
        (b"a: 1\nb: *x\n", 2, 4, "the alias *x is not allowed"),
        (b"a: !!int 1\n", 1, 4, "the tag !!int is not allowed"),
        (b"a: !own 1\n", 1, 4, "the tag !own is not allowed"),
        (b"a: 1\n---\nb: 2\n", 2, 1, "a second document"),
        (b"a:\n\tb: 1\n", 2, 1, "a tab in the indentation"),
        (b"a:\n  \tb: 1\n", 2, 3, "a tab in the indentation"),
        (b"a: 1\nb: \xff\n", 2, 4, "byte 0xff is not UTF-8"),
        ("a: é\nb: ".encode() + b"\xe9\n", 2, 4, "byte 0xe9 is not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, 1, "UTF-16"),
        (b"a: x\x00\n", 1, 5, "U+0000"),
        (b'a: "x\\0"\n', 1, 4, "control character U+0000"),
        (b"a: 'x\n", 1, 4, "a closing quotation mark"),
        (b"a: b: c\n", 1, 5, "a colon followed by a space"),
        (b"a: @x\n", 1, 4, "put it in quotation marks"),
        (b"a: [1, 2\nb: 3\n", 2, 2, "a comma or closing bracket is missing"),
        (b"a: 1\nb\nc: 2\n", 2, 1, "a field name without a colon"),
        (b"- a\nb: c\n", 2, 1, "does not fit the list above"),
        (b"? [a]\n: b\n", 1, 3, "a field name must be plain text"),
        (b"[" * 60 + b"]" * 60, 1, 42, "nested deeper than 40 levels"),
        (b"a: 1\n" * (MOST_BYTES // 5 + 1), 1, 1, "bytes; the most is"),
    ],
)
def test_what_cannot_be_read_says_where(raw: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_yaml(raw, "f.yaml")
    first = refused.value.problems[0]
    assert (first.file, first.line, first.column) == ("f.yaml", line, column)
    assert message in first.message


def test_every_forbidden_thing_is_named_at_once() -> None:
    with pytest.raises(Unreadable) as refused:
        read_yaml(b"a: &x 1\nb: *x\nc: !!str 2\n", "f")
    assert [(p.line, p.column) for p in refused.value.problems] == [(1, 4), (2, 4), (3, 4)]


def test_a_repeated_key_keeps_the_first_value_and_is_named() -> None:
    source = read_yaml(b"a: 1\nb: {c: 1, c: {d: 2, d: 3}}\na: 2\n", "f")
    assert source.data == {"a": "1", "b": {"c": "1"}}
    assert [(p.line, p.column) for p in source.problems] == [(2, 11), (2, 21), (3, 1)]
    assert "'c' stands twice; the first is on line 2" in source.problems[0].message


def test_a_byte_order_mark_and_foreign_line_ends_are_read_over() -> None:
    assert decode(b"\xef\xbb\xbfa\r\nb\rc", "f") == "a\nb\nc"
    assert read_yaml(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", "f").values[("b",)] == (2, 4)


_texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t", exclude_characters="\ufeff"
    )
)


@given(st.dictionaries(_texts.filter(bool), st.one_of(_texts, st.lists(_texts)), min_size=1))
def test_any_text_written_reads_back(data: dict[str, object]) -> None:
    assert read_yaml(to_yaml(data).encode(), "f").data == data
