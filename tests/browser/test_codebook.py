"""The code book in a real browser: by keyboard, and beside a chart without losing what one was doing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from coachapp.models.notes import CodeNote
from tests.browser.conftest import Site, focus_comes_to, focused, open_case, saved, tab_to
from tests.looking import faults

Signed = Callable[..., Any]
DRAWER = ".book-drawer"


def drawer_shows(page: Any, title: str) -> None:
    """Wait until the drawer shows a page with these words in its title."""
    page.wait_for_selector(f"{DRAWER}[open] [data-book-title]:has-text('{title}')")


def notes(site: Site) -> list[tuple[str, str]]:
    """Return all notes in the database."""
    site.server.session.rollback()
    return [(note.code, note.text) for note in site.server.session.scalars(select(CodeNote))]


def test_search_open_and_note_by_keyboard(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/codebook?on=2026-05-01")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")
    focus_comes_to(page, "book-q")
    page.keyboard.type("colles right")
    page.wait_for_selector(".book-row:has-text('S52.531A')")
    assert "q=colles+right" in page.url
    while "S52.531A" not in page.evaluate("document.activeElement.textContent"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/icd10cm/S52.531A?on=2026-05-01")
    assert "Colles' fracture of right radius" in page.inner_text("h1")
    tab_to(page, "#note-text")
    page.keyboard.type("Extraarticular; the styloid may break too.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messages:has-text('Note saved.')")
    assert page.input_value("#note-text") == "Extraarticular; the styloid may break too."
    assert notes(site) == [("S52.531A", "Extraarticular; the styloid may break too.")]


def test_arrow_keys_go_back_to_the_search_box(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/codebook/search?q=I10")
    page.focus("#book-q")
    page.keyboard.press("ArrowDown")
    assert focused(page) != "book-q"
    page.keyboard.press("ArrowUp")
    focus_comes_to(page, "book-q")


def test_the_single_key_can_be_switched_off(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/codebook")
    page.evaluate("localStorage.setItem('coach-single-keys', 'off')")
    page.keyboard.press("/")
    assert focused(page) != "book-q"


def test_a_note_half_written_is_not_left_without_a_word(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    page.goto("/codebook/icd10cm/I10")
    page.fill("#note-text", "Half a")
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", stay)
    page.goto("/codebook")
    assert asked == ["beforeunload"]


def test_the_book_works_without_script(site: Site, signed_in: Signed) -> None:
    page = signed_in(java_script_enabled=False)
    page.goto("/codebook")
    page.fill("#book-q", "copd")
    page.press("#book-q", "Enter")
    page.click(".book-row a:has-text('J44.9')")
    page.fill("#note-text", "Plain.")
    page.click("text=Save note")
    assert notes(site) == [("J44.9", "Plain.")]
    page.click("text=Bookmark")
    page.goto("/codebook/mine")
    assert "J44.9" in page.inner_text("[aria-labelledby=my-marks]")
    open_link = page.goto("/cases/orthopedics/broken-wrist") and page.get_attribute("[data-codebook-drawer]", "href")
    assert open_link == "/codebook?on=2026-05-12"
    assert page.get_attribute("[data-codebook-drawer]", "target") == "_blank"


def test_the_drawer_leaves_grid_focus_and_caret_as_they_were(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#sv-0-code", "25605")
    page.focus("#dx-0-code")
    page.keyboard.type("s52.53")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    drawer_shows(page, "Search the code book")
    focus_comes_to(page, "book-q")
    assert page.input_value("#book-q") == "s52.53"
    assert page.input_value("#book-on") == "2026-05-12"
    page.wait_for_selector(f"{DRAWER} .book-row:has-text('S52.531A')")
    page.keyboard.press("Escape")
    assert not page.is_visible(DRAWER)
    focus_comes_to(page, "dx-0-code")
    page.keyboard.type("2")
    assert page.input_value("#dx-0-code") == "s52.523"
    assert page.input_value("#sv-0-code") == "25605"
    saved(page)


def test_walking_through_the_drawer_never_leaves_the_chart(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    page.keyboard.press("Escape")
    page.click("[data-codebook-drawer]")
    drawer_shows(page, "Code book")
    assert page.get_attribute("[data-codebook-drawer]", "aria-expanded") == "true"
    page.click(f"{DRAWER} a:has-text('Neoplasms')")
    drawer_shows(page, "Chapter 2")
    page.click(f"{DRAWER} .book-row a >> nth=0")
    drawer_shows(page, "C00-C96")
    page.click(f"{DRAWER} button:text('Back')")
    drawer_shows(page, "Chapter 2")
    page.fill("#book-q", "heart failure")
    page.wait_for_selector(f"{DRAWER} .book-row:has-text('I50.9')")
    assert page.url.endswith("/cases/orthopedics/broken-wrist")
    # The chart and the grid stay in use beside it.
    page.fill("#dx-1-code", "E11.9")
    assert page.is_visible(DRAWER)
    assert page.input_value("#dx-0-code") == "I10"


def test_a_search_under_way_does_not_overtake_a_page_asked_for_since(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.keyboard.press("b")
    drawer_shows(page, "Code book")
    page.fill("#book-q", "heart failure")
    page.click(f"{DRAWER} a:has-text('Neoplasms')")
    drawer_shows(page, "Chapter 2")
    page.wait_for_timeout(800)
    drawer_shows(page, "Chapter 2")
    assert page.locator(f"{DRAWER} .book-row:has-text('C00-C96')").count() == 1


def test_a_code_goes_from_the_drawer_into_the_row(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.focus("#dx-1-code")
    page.keyboard.press("Control+k")
    drawer_shows(page, "Code book")
    page.fill("#book-q", "s52532a")
    page.click(f"{DRAWER} .book-row a:has-text('S52.532A')")
    drawer_shows(page, "S52.532A")
    page.click(f"{DRAWER} button:text('Put into Diagnosis B')")
    assert page.input_value("#dx-1-code") == "S52.532A"
    focus_comes_to(page, "dx-1-code")
    saved(page)
    page.reload()
    assert page.input_value("#dx-1-code") == "S52.532A"


def test_a_note_in_the_drawer_is_kept_also_when_one_walks_on(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    page.focus("#dx-0-code")
    page.keyboard.press("Control+k")
    page.click(f"{DRAWER} .book-row a:has-text('I10')")
    drawer_shows(page, "I10")
    page.fill("#note-text", "Assumed with CKD.")
    page.click(f"{DRAWER} button:text('Save note')")
    page.wait_for_selector(f"{DRAWER} .messages:has-text('Note saved.')")
    focus_comes_to(page, "note-text")
    page.fill("#note-text", "Assumed with CKD and heart failure.")
    page.click(f"{DRAWER} .book-crumbs a >> nth=0")
    drawer_shows(page, "Code book")
    assert notes(site) == [("I10", "Assumed with CKD and heart failure.")]


def test_two_versions_of_a_note_are_both_shown_in_the_drawer(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.keyboard.press("b")
    drawer_shows(page, "Code book")
    page.fill("#book-q", "I10")
    page.click(f"{DRAWER} .book-row a:has-text('I10') >> nth=0")
    drawer_shows(page, "I10")
    other = page.context.new_page()
    other.goto("/codebook/icd10cm/I10")
    other.fill("#note-text", "From the other tab.")
    other.click("text=Save note")
    other.wait_for_selector(".messages")
    page.fill("#note-text", "From the drawer.")
    page.click(f"{DRAWER} .book-crumbs a >> nth=0")
    page.wait_for_selector(f"{DRAWER} #note-problem:has-text('From the other tab.')")
    assert page.input_value("#note-text") == "From the drawer."
    page.click(f"{DRAWER} button:text('Save note')")
    page.wait_for_selector(f"{DRAWER} .messages:has-text('Note saved.')")
    assert notes(site) == [("I10", "From the drawer.")]


def test_the_drawer_says_when_one_was_signed_out_and_keeps_the_note(site: Site, signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.keyboard.press("b")
    drawer_shows(page, "Code book")
    page.fill("#book-q", "I10")
    page.click(f"{DRAWER} .book-row a:has-text('I10') >> nth=0")
    drawer_shows(page, "I10")
    page.fill("#note-text", "Still here.")
    page.context.clear_cookies()
    page.click(f"{DRAWER} button:text('Save note')")
    page.wait_for_selector(f"{DRAWER} [role=alert]:has-text('You were signed out')")
    assert page.input_value("#note-text") == "Still here."
    page.on("dialog", lambda dialog: dialog.accept())


def test_the_sample_has_no_drawer_for_strangers(site: Site, page: Any) -> None:
    page.goto("/sample")
    assert page.locator("[data-codebook-drawer]").count() == 0


def views(page: Any) -> Iterator[str]:
    """Bring the page from one state worth a look to the next; yields the name of each."""
    for path in (
        "",
        "/mine",
        "/index",
        "/search?q=fracture+radius",
        "/search?q=zzzzqqqq",
        "/icd10cm",
        "/icd10cm/S52",
        "/icd10cm/S52.501",
        "/icd10cm/V00.01XA",
        "/icd10pcs/0DB",
        "/icd10pcs/0DB68ZX",
        "/cpt",
        "/cpt/99213",
    ):
        page.goto(f"/codebook{path}")
        yield path
    page.goto("/codebook/icd10cm/I10")
    page.fill("#note-text", "A note of my own.")
    page.click("text=Save note")
    page.wait_for_selector(".messages")
    yield "note saved"
    page.click("text=Bookmark")
    page.wait_for_selector("text=Take the bookmark away")
    page.goto("/codebook/mine")
    yield "mine"
    open_case(page)
    page.keyboard.press("b")
    drawer_shows(page, "Code book")
    yield "drawer"
    page.fill("#book-q", "s52532a")
    page.click(f"{DRAWER} .book-row a:has-text('S52.532A')")
    drawer_shows(page, "S52.532A")
    yield "code in the drawer"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_sticks_out(site: Site, signed_in: Signed, width: int, scheme: str) -> None:
    page = signed_in(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name in views(page):
        assert faults(page) == [], name
        drawer = page.locator(f"{DRAWER}[open] .book-drawer-body")
        if drawer.count():
            assert drawer.evaluate("each => each.scrollWidth <= each.clientWidth"), name


def test_what_can_be_touched_is_large_enough(site: Site, signed_in: Signed) -> None:
    page = signed_in(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    for path in ("", "/search?q=fracture", "/icd10cm/S52.501", "/mine"):
        page.goto(f"/codebook{path}")
        low = page.evaluate(
            "[...document.querySelectorAll('.book-link, .btn, .book-search .form-control, .book-search .form-select')]"
            ".filter(each => each.tagName !== 'SPAN' && each.checkVisibility() && each.offsetHeight < 44)"
            ".map(each => each.outerHTML)"
        )
        assert low == [], path


def test_a_narrow_page_tears_neither_the_dates_nor_the_characters_of_a_procedure(site: Site, signed_in: Signed) -> None:
    page = signed_in(viewport={"width": 390, "height": 800})
    page.goto("/codebook/icd10pcs/0DTJ4ZZ?on=2026-05-01")
    standing, validity = page.locator(".book-standing"), page.locator(".book-validity")
    assert validity.bounding_box()["y"] > standing.bounding_box()["y"] + 20  # a line of its own
    assert validity.evaluate("each => each.getClientRects().length") == 1
    table = page.locator(".table-scroll:has(.book-axes)")
    assert table.evaluate("each => each.scrollWidth <= each.clientWidth")
