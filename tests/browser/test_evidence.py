"""Words of the chart attached to a line in a real browser: by key, by button, kept, moved, removed, reviewed."""

from collections.abc import Callable
from typing import Any

import pytest

from coachapp.content.render import Match, locate
from tests.browser.conftest import focus_comes_to, open_case, saved, tab_to
from tests.practice.samples import OP_NOTE

Signed = Callable[..., Any]

# Select from the first place of one text to the end of the next place of another, as a pointer would.
SELECT = """([from, to, skip]) => {
  const box = document.querySelector(".document:not([hidden])");
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const range = new Range();
  let started = false;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest("p, li, td, th, h3, h4")) continue;
    let at = started ? -1 : node.data.indexOf(from);
    while (at >= 0 && skip > 0) { skip -= 1; at = node.data.indexOf(from, at + 1); }
    if (at >= 0) { range.setStart(node, at); started = true; }
    const last = started ? node.data.indexOf(to, at >= 0 ? at : 0) : -1;
    if (last >= 0) { range.setEnd(node, last + to.length); break; }
  }
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}"""


def select(page: Any, first: str, last: str | None = None, *, skip: int = 0) -> None:
    page.evaluate(SELECT, [first, last or first, skip])
    page.wait_for_selector(".attach:visible")


def quotes(page: Any, row: str) -> Any:
    return page.evaluate("name => JSON.parse(document.querySelector(`[name=${name}-evidence]`).value || '[]')", row)


def leave_boxes(page: Any) -> None:
    page.evaluate("document.activeElement.blur()")


def test_e_attaches_the_selected_words_to_the_row_focused_last(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-1-code", "I10")
    leave_boxes(page)
    select(page, "The fracture was ", "reduced by hand")  # over bold words
    assert page.inner_text(".attach") == "Attach to row B"
    page.keyboard.press("e")
    assert page.inner_text("[data-announce]") == "Attached to row B: The fracture was reduced by hand"
    assert quotes(page, "dx-1") == [{"document": "op-note", "quote": "The fracture was reduced by hand", "nth": 1}]
    assert page.inner_text("[data-rows=dx] .claim-row >> nth=1").startswith("B")
    summary = page.locator("[data-rows=dx] .claim-row >> nth=1").locator("summary")
    assert summary.inner_text() == "1 quote"
    assert summary.get_attribute("aria-label") == "Diagnosis B: 1 quote attached"
    assert not page.is_visible(".attach")
    saved(page)
    page.reload()
    page.wait_for_selector("#dx-0-code[role=combobox]")
    assert quotes(page, "dx-1")[0]["quote"] == "The fracture was reduced by hand"


def test_the_button_attaches_too_and_the_selection_outlives_the_press(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#sv-0-code")
    select(page, "reduced by hand")
    assert page.inner_text(".attach") == "Attach to service 1"
    page.click(".attach")
    assert [each["quote"] for each in quotes(page, "sv-0")] == ["reduced by hand"]


def test_the_key_never_acts_in_a_box_and_can_be_turned_off(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    select(page, "reduced by hand")
    page.focus("#dx-0-code")
    page.keyboard.type("e")
    assert page.input_value("#dx-0-code") == "e"
    assert quotes(page, "dx-0") == []
    page.click("#keys-button")
    assert "attach the words selected in the chart" in page.inner_text("#keys")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    leave_boxes(page)
    select(page, "reduced by hand")
    page.keyboard.press("e")
    assert quotes(page, "dx-0") == []


def test_what_the_search_found_is_attached_by_keyboard_alone(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.keyboard.press("/")
    page.keyboard.type("DORSAL tilt")
    tab_to(page, ".documents", most=5)
    page.keyboard.press("e")
    assert quotes(page, "dx-0") == [{"document": "imaging", "quote": "dorsal tilt", "nth": 1}]
    page.focus("#dx-0-code")
    tab_to(page, "[data-rows=dx] summary", most=3)
    page.keyboard.press("Enter")
    tab_to(page, "[data-unquote]", most=2)
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == "Remove quote 1 from Diagnosis A: dorsal tilt"
    page.keyboard.press("Enter")
    assert quotes(page, "dx-0") == []
    focus_comes_to(page, "dx-0-code")
    assert page.inner_text("[data-announce]") == "Removed from row A: dorsal tilt"


@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_the_place_of_equal_words_is_counted_as_the_server_counts(signed_in: Signed, skip: int) -> None:
    page = signed_in()
    open_case(page)
    select(page, "ra", skip=skip)  # "Operative", "fracture", "radius", "fracture"
    page.keyboard.press("e")
    [quote] = quotes(page, "dx-0")
    found = locate("ra", OP_NOTE, nth=quote["nth"])
    assert quote["nth"] == skip + 1
    assert isinstance(found, Match)


def test_words_over_two_paragraphs_too_many_or_twice_are_refused_in_words(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    select(page, "Colles fracture", "The fracture was")
    page.keyboard.press("e")
    assert page.inner_text(".attach") == "Select words within one paragraph, list item or table cell."
    assert quotes(page, "dx-0") == []
    for words in ("Colles", "left", "distal", "radius", "closed"):
        select(page, words)
        page.keyboard.press("e")
    select(page, "closed")
    page.keyboard.press("e")
    assert page.inner_text("[data-announce]") == "These words are attached to row A already."
    select(page, "displaced")
    page.keyboard.press("e")
    assert page.inner_text(".attach") == "A line holds 5 quotes, and row A has them. Remove one first."
    assert len(quotes(page, "dx-0")) == 5


def test_quotes_move_with_their_line(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "E11.9")
    leave_boxes(page)
    select(page, "reduced by hand")
    page.keyboard.press("e")
    page.press("#dx-0-code", "Alt+ArrowDown")
    assert quotes(page, "dx-0") == []
    assert quotes(page, "dx-1")[0]["quote"] == "reduced by hand"
    assert page.locator("[data-rows=dx] summary").get_attribute("aria-label") == "Diagnosis B: 1 quote attached"


def test_attached_words_survive_offline_and_are_judged_at_review(site: Any, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "S52.532A")
    page.fill("#sv-0-code", "25605")
    saved(page)
    leave_boxes(page)
    page.context.set_offline(True)
    page.focus("#dx-0-code")
    select(page, "Colles fracture, left distal radius")
    leave_boxes(page)
    page.keyboard.press("e")
    page.wait_for_selector("[data-state].is-waiting")
    page.context.set_offline(False)
    saved(page)
    page.goto("/cases")
    open_case(page)
    assert [each["quote"] for each in quotes(page, "dx-0")] == ["Colles fracture, left distal radius"]
    page.click("button[value=hand_in]:visible >> nth=0")
    page.wait_for_url("**/attempts/*")
    assert "the same passage as the key" in page.inner_text(".my-evidence")
    page.click(".my-evidence [data-evidence]")
    page.wait_for_selector("mark.is-here[data-line^='mine:']:visible")
