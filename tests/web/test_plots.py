"""Plots: no label touches another or leaves the drawing, whatever the data and the width; and what is drawn."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations
from xml.etree import ElementTree

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from coachapp.web.heatmaps import heat_map
from coachapp.web.plots import NARROWEST, SHARES, Text, count_text, nice_scale, text_width, wrapped
from coachapp.web.rowplots import Row, RowPlot, row_plot
from coachapp.web.uprightplots import Column, Point, calibration_plot, line_plot

SVG = "{http://www.w3.org/2000/svg}"
words = st.text(alphabet="abcdefgW mil,%0", min_size=1, max_size=70).filter(str.strip)
shares = st.floats(0, 1)
widths = st.sampled_from([NARROWEST, 300.0, 390.0, 736.0])


def check_labels(texts: Sequence[Text], *, height: float, width: float) -> None:
    """Fail where two labels touch, or one leaves the drawing."""
    boxes = [(text, text.extent(width)) for text in texts]
    for text, (left, top, right, bottom) in boxes:
        assert left >= -0.01, text
        assert right <= width + 0.01, text
        assert top >= 0, text
        assert bottom <= height, text
    for (one, a), (other, b) in combinations(boxes, 2):
        apart = a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] + 0.01 or b[3] <= a[1] + 0.01
        assert apart, f"{one} touches {other}"


rows = st.builds(
    Row,
    words,
    st.none() | shares,
    st.text(alphabet="0123 to%", min_size=1, max_size=20).filter(str.strip),
    st.none() | shares,
    st.none() | shares,
)


@settings(max_examples=60)
@given(st.lists(rows, max_size=25), st.none() | shares, widths)
def test_labels_of_rows_never_touch(found: list[Row], mark: float | None, width: float) -> None:
    named = None if mark is None else (mark, "pass mark")
    plot = row_plot("Title", found, about="About", scale=SHARES, heads=("a", "b"), mark=named)
    check_labels(plot.texts(), height=plot.height, width=width)
    for placed in plot.rows:
        assert all(x is None or 0 <= x <= 100 for x in (placed.x, placed.low, placed.high))
        assert placed.top + placed.height <= plot.height


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4000), st.none() | st.floats(-0.5, 1.5)), max_size=60, unique_by=lambda p: p[0]),
    widths,
)
def test_labels_of_lines_never_touch(found: list[tuple[int, float | None]], width: float) -> None:
    points = [Point(date(2020, 1, 1) + timedelta(days=n), v, v and v - 0.1, v and v + 0.1) for n, v in found]
    plot = line_plot(
        "Title", points, about="About", scale=SHARES, heads=("a", "b", "c"), day=str, mark=(0.7, "pass mark")
    )
    check_labels(plot.texts(), height=plot.height, width=width)
    assert len(plot.points) == sum(value is not None for _, value in found)
    for point in plot.points:
        assert plot.left <= point.x <= plot.right
        assert 0 <= point.y <= plot.bottom
    assert len(plot.table.rows) == len(found)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["Sure", "Not said", "Unsure"]), st.none() | shares, st.integers(0, 99_999)),
             max_size=4),
    widths,
)  # fmt: skip
def test_labels_of_calibration_never_touch(found: list[tuple[str, float | None, int]], width: float) -> None:
    columns = [Column(label, value, value, value, count) for label, value, count in found]
    plot = calibration_plot("Title", columns, about="About", heads=("a", "b", "c", "d"))
    check_labels(plot.texts(), height=plot.height, width=width)


@settings(max_examples=60)
@given(st.data(), st.integers(0, 12), widths)
def test_labels_of_heat_maps_never_touch(data: st.DataObject, columns: int, width: float) -> None:
    heads = data.draw(st.lists(st.sampled_from(["Jan", "Nov 30", "W"]), min_size=columns, max_size=columns))
    counts = st.lists(st.integers(0, 3000), min_size=columns, max_size=columns)
    found = data.draw(st.lists(st.tuples(words, counts), max_size=12))
    plot = heat_map("Title", found, columns=heads, about="About", head="Label")
    check_labels(plot.texts(), height=plot.height, width=width)
    assert all(0 <= cell.shade <= 4 and cell.x + cell.width <= 100.001 for cell in plot.cells)
    assert all((cell.shade == 0) == (cell.told.endswith(": 0")) for cell in plot.cells)


def test_a_heat_map_needs_a_count_a_column() -> None:
    with pytest.raises(ValueError, match="one count a column"):
        heat_map("Title", [("a", [1])], columns=["x", "y"], about="About", head="Label")


@given(st.floats(0.001, 1e9), st.integers(1, 6))
def test_nice_scales_hold_the_highest_in_few_round_steps(highest: float, most: int) -> None:
    scale = nice_scale(highest, count_text, most=most)
    assert scale.ticks[0] == 0
    assert scale.high >= highest * (1 - 1e-6)
    assert 2 <= len(scale.ticks) <= most + 1
    step = scale.ticks[1]
    assert round(step / 10 ** math.floor(math.log10(step) + 1e-9)) in (1, 2, 5, 10)


def test_nice_scales_by_hand() -> None:
    assert nice_scale(7, count_text).ticks == (0, 2, 4, 6, 8)
    assert nice_scale(100, count_text).ticks == (0, 50, 100)
    assert nice_scale(1, count_text, whole=True).ticks == (0, 1)
    assert nice_scale(0, count_text).high == 1


def test_shares_are_kept_on_the_scale() -> None:
    assert [SHARES.share(x) for x in (-1, 0.25, 2)] == [0, 0.25, 1]


def test_texts_are_broken_between_words_and_cut_only_where_a_word_is_too_long() -> None:
    text = "Evaluation and management"
    assert " ".join(wrapped(text, 100)) == text
    assert len(wrapped(text, 100)) == 2
    [cut] = wrapped("W" * 60, 100)
    assert cut.endswith("…")
    assert text_width(cut) <= 100
    assert wrapped("  ", 100) == ()


def example(count: int, **changes: str) -> RowPlot:
    found = [Row(f"Row {n}", n / 10, f"{n * 10}%", n / 20, n / 8, **changes) for n in range(count)]
    return row_plot("Mastery", found, about="What it is", scale=SHARES, heads=("Row", "Right"))  # type: ignore[arg-type]


def drawn(app: Flask, macro: str, plot: object) -> ElementTree.Element:
    with app.test_request_context():
        module = app.jinja_env.get_template("macros/plots.html").module
        page = getattr(module, macro)("p", plot)
    return ElementTree.fromstring(f"<div>{page}</div>")


def test_a_drawing_has_title_description_and_a_table_with_its_numbers(app: Flask) -> None:
    root = drawn(app, "dot_plot", example(3))
    [svg] = root.iter(f"{SVG}svg")
    assert svg.get("role") == "img"
    assert [e.text for e in root.iter(f"{SVG}title")] == ["Mastery"]
    assert [e.text for e in root.iter(f"{SVG}desc")] == ["What it is"]
    assert svg.get("aria-labelledby") == "p-title"
    assert [e.text for e in root.iter("td")] == ["0%", "10%", "20%"]
    assert len(list(root.iter(f"{SVG}circle"))) == 3


@pytest.mark.parametrize("count", [0, 1, 2, 200])
def test_bars_are_drawn_for_any_number_of_rows(app: Flask, count: int) -> None:
    root = drawn(app, "bar_plot", example(count))
    assert len(list(root.iter(f"{SVG}rect"))) == count
    assert len(list(root.iter("td"))) == count


def test_rows_that_lead_somewhere_are_links_that_can_be_heard(app: Flask) -> None:
    root = drawn(app, "bar_plot", example(2, href="/progress/errors/units"))
    [svg] = root.iter(f"{SVG}svg")
    assert svg.get("role") == "group"  # a picture would hide its links
    assert [e.get("aria-label") for e in root.iter(f"{SVG}a")] == ["Row 0: 0%", "Row 1: 10%"]


def test_a_row_without_a_value_prints_its_words_and_no_mark(app: Flask) -> None:
    plot = row_plot("T", [Row("A", None, "No answers yet")], about="A", scale=SHARES, heads=("a", "b"))
    root = drawn(app, "dot_plot", plot)
    assert not list(root.iter(f"{SVG}circle"))
    assert "No answers yet" in [e.text for e in root.iter(f"{SVG}text")]


def timeline(values: Sequence[float | None]) -> object:
    points = [Point(date(2026, 1, 1) + timedelta(days=n), v, v and v / 2, v and v + 0.1) for n, v in enumerate(values)]
    return line_plot("T", points, about="A", scale=SHARES, heads=("a", "b", "c"), day=str)


def test_a_line_is_broken_where_a_value_is_missing_and_undefined_is_a_dash(app: Flask) -> None:
    root = drawn(app, "line_plot", timeline([0.2, 0.3, None, 0.5, 0.6]))
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    assert len(list(root.iter(f"{SVG}polygon"))) == 2
    assert [e.text for e in root.iter("td")][4:6] == ["–", "–"]


def test_one_point_shows_its_interval_and_no_line(app: Flask) -> None:
    root = drawn(app, "line_plot", timeline([0.4]))
    assert not list(root.iter(f"{SVG}polyline"))
    assert [e.get("class") for e in root.iter(f"{SVG}line")].count("plot-interval") == 1


def test_no_point_at_all_still_is_a_drawing(app: Flask) -> None:
    assert not list(drawn(app, "line_plot", timeline([])).iter(f"{SVG}circle"))


def test_cells_say_their_count_in_words_and_in_digits(app: Flask) -> None:
    plot = heat_map("T", [("Units", [0, 3])], columns=["Jan", "Feb"], about="A", head="Label")
    root = drawn(app, "heat_map", plot)
    assert [e.text for e in root.iter(f"{SVG}title")] == ["T", "Units, Jan: 0", "Units, Feb: 3"]
    assert {"0", "3"} <= {e.text for e in root.iter(f"{SVG}text")}


def test_calibration_draws_a_whisker_for_each_column_that_has_answers(app: Flask) -> None:
    columns = [Column("Sure", 0.9, 0.8, 0.95, 40), Column("Unsure", None, None, None, 0)]
    root = drawn(app, "calibration_plot", calibration_plot("T", columns, about="A", heads=("a", "b", "c", "d")))
    assert [e.get("class") for e in root.iter(f"{SVG}line")].count("plot-interval") == 1
    assert [e.text for e in root.iter("td")] == ["40", "90%", "80% to 95%", "0", "–", "–"]


def test_a_dash_stands_beside_a_label_of_several_lines_as_well() -> None:
    found = [Row("First-listed diagnosis, principal procedure", None, "–"), Row("Units", None, "–")]
    long, short = row_plot("T", found, about="A", scale=SHARES, heads=("a", "b")).rows
    assert len(long.labels) == 2
    assert [(row.shown.x, row.shown.anchor) for row in (long, short)] == [(100, "end"), (100, "end")]
    assert long.shown.y == long.labels[0].y


@pytest.mark.parametrize("months", [3, 6, 12])
def test_the_latest_column_of_a_heat_map_is_always_named(months: int) -> None:
    heads = [f"Sep {n + 11}" for n in range(months)]
    plot = heat_map("T", [("Units", [1] * months)], columns=heads, about="A", head="Label")
    assert plot.column_labels[-1].text == heads[-1]
    assert len(plot.column_labels) >= 3
    check_labels(plot.texts(), height=plot.height, width=NARROWEST)


def test_words_stand_below_their_label_and_a_dash_beside_it() -> None:
    found = [Row("A", None, "No answers yet"), Row("B", None, "–"), Row("C", 0.5, "50%")]
    words, dash, value = row_plot("T", found, about="A", scale=SHARES, heads=("a", "b")).rows
    assert words.shown.x == 0
    assert words.shown.y > words.labels[-1].y
    assert (dash.shown.x, dash.shown.y) == (100, dash.labels[0].y)
    assert (value.shown.x, value.shown.y) == (100, value.labels[0].y)
