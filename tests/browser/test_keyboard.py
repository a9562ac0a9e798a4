"""The whole way of a student by keyboard alone, and what the keys do in the claim grid."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import EMAIL, Site, focus_comes_to, focused, open_case, tab_to
from tests.conftest import PASSWORD

Signed = Callable[..., Any]


def test_sign_in_find_a_case_code_it_and_read_the_review(site: Site, page: Any) -> None:
    page.goto("/")
    tab_to(page, "a[href='/sign-in']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")
    tab_to(page, "[name=email]")
    page.keyboard.type(EMAIL)
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".menu")
    tab_to(page, "nav a[href='/cases']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases")
    tab_to(page, ".case-title[href$='broken-wrist']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#dx-0-code[role=combobox]")
    page.keyboard.press("c")
    focus_comes_to(page, "dx-0-code")
    page.keyboard.type("colles left closed")
    page.wait_for_selector("#dx-0-code[aria-expanded=true]")
    page.keyboard.press("ArrowDown")
    while "S52.532A" not in page.inner_text("#suggestions [aria-selected=true]"):
        page.keyboard.press("ArrowDown")
    active = page.get_attribute("#dx-0-code", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    page.keyboard.press("Enter")
    assert page.input_value("#dx-0-code") == "S52.532A"
    page.wait_for_selector("#dx-0-note:text-matches('Colles')")
    for _ in range(4):
        page.keyboard.press("Enter")
    focus_comes_to(page, "sv-0-code")
    page.keyboard.type("25605")
    page.keyboard.press("Enter")
    page.keyboard.type("lt")
    for _ in range(5):
        page.keyboard.press("Enter")
    focus_comes_to(page, "sv-0-pointers")
    page.keyboard.type("a")
    tab_to(page, "#pos")
    page.keyboard.type("22")
    tab_to(page, "button[value=hand_in]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/attempts/*")
    assert page.inner_text(".score-value") == "100%"
    tab_to(page, ".reasons summary")
    page.keyboard.press("Enter")
    tab_to(page, "[data-evidence]")
    page.keyboard.press("Enter")
    page.wait_for_selector("mark.is-here:visible")


def test_enter_walks_and_never_submits(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#dx-0-code")
    walked = []
    for _ in range(6):
        page.keyboard.press("Enter")
        walked.append(focused(page))
    assert walked == ["dx-1-code", "dx-2-code", "dx-3-code", "sv-0-code", "sv-0-mod1", "sv-0-mod2"]
    page.keyboard.press("Shift+Enter")
    focus_comes_to(page, "sv-0-mod1")
    page.focus("#no-service")
    page.keyboard.press("Enter")
    assert page.url.endswith("/broken-wrist")


def test_control_enter_finds_or_adds_a_line_up_to_the_limit(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    for n in range(12):
        page.fill(f"#dx-{n}-code", "E11" if n == 11 else "I10")
        if n == 11:
            page.wait_for_selector("#suggestions:visible")  # these are announced, too
        page.press(f"#dx-{n}-code", "Control+Enter")
    assert page.locator("[data-rows=dx] .claim-row").count() == 12
    assert page.get_attribute("[data-rows=dx] .claim-row >> nth=11", "aria-label") == "Diagnosis L"
    assert page.locator("[data-add=dx]").count() == 0
    assert page.inner_text("[data-announce]") == "This claim form holds 12 rows here."
    names = page.eval_on_selector_all("[data-rows=dx] [name$='-letter']", "all => all.map(e => e.value).join('')")
    assert names == "ABCDEFGHIJKL"
    labels = page.eval_on_selector_all("#dx-11-code", "all => all[0].labels[0].textContent")
    assert labels.strip() == "Diagnosis L, code"


def test_arrows_move_between_lines_and_alt_moves_the_line(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#sv-0-units", "2")
    page.press("#sv-0-units", "ArrowDown")
    focus_comes_to(page, "sv-1-units")
    page.press("#sv-1-units", "ArrowUp")
    focus_comes_to(page, "sv-0-units")
    page.fill("#dx-0-code", "E11.9")
    page.fill("#dx-1-code", "I10")
    page.fill("#sv-0-code", "99213")
    page.fill("#sv-0-pointers", "a,B")
    page.press("#dx-1-code", "Escape")
    page.press("#dx-1-code", "Alt+ArrowUp")
    assert [page.input_value(f"#dx-{n}-code") for n in (0, 1)] == ["I10", "E11.9"]
    assert page.input_value("#sv-0-pointers") == "B,A"
    focus_comes_to(page, "dx-0-code")
    assert page.inner_text("[data-announce]") == "Moved to Diagnosis A."
    page.press("#sv-0-code", "Alt+ArrowDown")
    assert page.input_value("#sv-1-code") == "99213"
    assert page.input_value("#sv-1-units") == "2"


def test_single_keys_act_outside_boxes_only_and_can_be_turned_off(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#dx-0-code")
    page.keyboard.type("?c/1")
    assert page.input_value("#dx-0-code") == "?c/1"
    assert not page.is_visible("#keys")
    page.fill("#dx-0-code", "")
    page.focus("main")
    page.keyboard.press("2")
    assert page.get_attribute("#tab-imaging", "aria-selected") == "true"
    page.focus("main")
    page.keyboard.press("/")
    focus_comes_to(page, "chart-query")
    page.focus("main")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.focus("main")
    page.keyboard.press("?")
    assert not page.is_visible("#keys")
    open_case(page)
    page.focus("main")
    page.keyboard.press("?")
    assert not page.is_visible("#keys")
    page.click("#keys-button")
    assert page.is_visible("#keys")


def test_tabs_of_the_chart_follow_the_arrow_keys(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#tab-op-note")
    page.keyboard.press("ArrowRight")
    focus_comes_to(page, "tab-imaging")
    assert page.is_visible("#doc-imaging")
    assert not page.is_visible("#doc-op-note")
    page.keyboard.press("Home")
    assert page.is_visible("#doc-op-note")
    assert page.get_attribute("#tab-imaging", "tabindex") == "-1"


def test_search_in_the_chart_counts_and_moves_through_all_documents(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#chart-query", "Fracture")
    assert page.inner_text("#chart-found") == "1 of 3"
    page.press("#chart-query", "Enter")
    page.press("#chart-query", "Enter")
    assert page.inner_text("#chart-found") == "3 of 3"
    assert page.is_visible("#doc-imaging")
    page.fill("#chart-query", "reduced by hand under")
    assert page.inner_text("#chart-found") == "1 of 1"
    assert page.is_visible("#doc-op-note")
    page.fill("#chart-query", "appendix")
    assert page.inner_text("#chart-found") == "not found"


@pytest.mark.parametrize("typed", ["W1O.1XXA", "w1o1xxa"])
def test_a_mixed_up_letter_is_offered_never_mended_silently(signed_in: Signed, typed: str) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", typed)
    page.press("#dx-0-code", "Tab")
    page.wait_for_selector("#dx-0-note button")
    assert page.input_value("#dx-0-code") == typed
    assert re.match(r"Did you mean W10\.1XXA", page.inner_text("#dx-0-note"))
    page.click("#dx-0-note button")
    assert page.input_value("#dx-0-code") == "W10.1XXA"


def test_escape_closes_the_list_and_leaves_the_text(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#dx-0-code")
    page.keyboard.type("colles")
    page.wait_for_selector("#suggestions:visible")
    page.keyboard.press("Escape")
    assert not page.is_visible("#suggestions")
    assert page.get_attribute("#dx-0-code", "aria-expanded") == "false"
    assert page.input_value("#dx-0-code") == "colles"
