"""What axe finds, and what axe cannot see."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.conftest import Site, open_case, saved, sign_in
from tests.looking import faults

Signed = Callable[..., Any]
STAY = "/cases/cardiology/heart-attack"


def perfect(page: Any) -> None:
    open_case(page)
    page.fill("#dx-0-code", "S52.532A")
    page.fill("#sv-0-code", "25605-LT")
    page.fill("#sv-0-pointers", "A")
    page.fill("#pos", "22")
    hand_in(page)


def hand_in(page: Any) -> None:
    page.click("button[value=hand_in]:visible")
    page.wait_for_url("**/attempts/*")


def wrong(page: Any) -> None:
    open_case(page)
    page.fill("#dx-0-code", "S52.532D")
    page.fill("#dx-1-code", "S62.002A")
    page.fill("#sv-0-code", "25605")
    page.fill("#sv-1-code", "29125")
    page.fill("#sv-0-units", "3")
    hand_in(page)


def views(page: Any) -> Iterator[str]:
    """Bring the page from one state worth a look to the next; yields the name of each."""
    page.goto("/")
    yield "first page, signed out"
    page.goto("/sample")
    yield "sample"
    page.goto("/sign-in")
    yield "sign in"
    sign_in(page)
    page.goto("/attempts")
    yield "no attempts"
    page.goto("/cases?q=nothing-fits")
    yield "no case fits"
    page.goto("/cases")
    yield "cases"
    open_case(page)
    yield "empty claim"
    page.focus("#dx-0-code")
    page.keyboard.type("colles")
    page.wait_for_selector("#suggestions:visible")
    page.keyboard.press("ArrowDown")
    yield "suggestions open"
    page.fill("#dx-1-code", "W1O.1XXA")
    page.press("#dx-1-code", "Tab")
    page.wait_for_selector("#dx-1-note button")
    saved(page)
    yield "notes under the boxes"
    page.click("#keys-button")
    yield "list of keys"
    page.keyboard.press("Escape")
    page.fill("#sv-1-units", "x")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("#errors-summary")
    saved(page)
    yield "rows to put right"
    other = page.context.new_page()
    open_case(other)
    other.fill("#dx-2-code", "I10")
    saved(other)
    other.close()
    page.fill("#dx-3-code", "E11.9")
    page.wait_for_selector("[data-trouble]:visible")
    yield "two versions"
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("#errors-summary")
    page.wait_for_selector("[data-trouble]:visible")
    page.fill("#sv-1-units", "")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("h1:text('Two versions')")
    yield "two versions, a page of their own"
    page.click("text=Go on with the saved version")
    page.wait_for_selector("#dx-0-code[role=combobox]")
    page.fill("#sv-1-units", "")
    hand_in(page)
    wrong(page)
    yield "review of a wrong claim"
    perfect(page)
    page.click(".score-table summary")
    page.click(".reasons summary >> nth=0")
    yield "review of a perfect claim"
    open_case(page, STAY)
    yield "inpatient claim"
    page.goto("/")
    yield "today"
    page.goto("/attempts")
    yield "attempts"
    page.goto("/no-such-page")
    yield "page not found"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(site: Site, open_page: Callable[..., Any], scheme: str, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    found = {name: faults(page) for name in views_at(page, width)}
    assert {name: each for name, each in found.items() if each} == {}


def views_at(page: Any, width: int) -> Iterator[str]:
    """Leave out on narrow screens what is hidden there."""
    if width >= 640:
        yield from views(page)
        return
    page.goto("/")
    yield "first page, signed out"
    sign_in(page)
    page.goto("/cases")
    yield "cases"
    open_case(page)
    page.fill("#dx-0-code", "W1O.1XXA")
    page.press("#dx-0-code", "Tab")
    page.wait_for_selector("#dx-0-note button")
    saved(page)  # else the draft may arrive after the page that is opened next was read, and clash with its claim
    yield "claim"
    wrong(page)
    yield "review"
    open_case(page, STAY)
    yield "inpatient claim"


def test_every_page_fits_a_screen_of_320_pixels(site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    wide = {}
    for name in views_at(page, 320):
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            wide[name] = overflow
    assert wide == {}


def test_what_fingers_press_is_44_pixels_high(site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    small = {}
    for name in views_at(page, 390):
        small[name] = page.eval_on_selector_all(
            "button, input:not([type=hidden]):not([type=checkbox]), select, summary, nav a, [role=tab]",
            """all => all.filter(e => e.offsetParent && !e.closest(
                    '.visually-hidden, .row-tools, .code-note, .reasons, .left-out, .score-table'))
                .filter(e => e.getBoundingClientRect().height < 43.5)
                .map(e => e.outerHTML.slice(0, 80))""",
        )
    assert {name: found for name, found in small.items() if found} == {}


def test_every_reference_between_elements_is_met(site: Site, page: Any) -> None:
    for name in views(page):
        broken = page.evaluate(
            """() => ['aria-describedby', 'aria-labelledby', 'for', 'aria-activedescendant']
                .flatMap(a => [...document.querySelectorAll(`[${a}]`)].flatMap(e => e.getAttribute(a).split(' ')))
                .filter(id => id && !document.getElementById(id))"""
        )
        twice = page.evaluate(
            """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
                return ids.filter((id, i) => ids.indexOf(id) !== i); }"""
        )
        handlers = page.evaluate(
            """() => [...document.querySelectorAll('*')].flatMap(e => [...e.attributes])
                .filter(a => a.name.startsWith('on')).length"""
        )
        headings = page.locator("h1").count()
        assert (name, broken, twice, handlers, headings) == (name, [], [], 0, 1)


def test_focus_follows_the_order_of_the_page_and_is_always_seen(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    order, seen = [], []
    page.focus("#dx-0-code")
    for _ in range(10):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.value"))
        seen.append(page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"))
    assert order[:6] == ["dx-1-code", "dx-2-code", "dx-3-code", "more_dx", "sv-0-code", "sv-0-mod1"]
    assert all(seen)


def test_the_first_tab_leads_past_the_header(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_theme_follows_the_system_until_one_is_chosen(site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(color_scheme="dark")
    page.goto("/")
    theme = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(theme) == "dark"
    page.click("#theme-button")
    assert page.evaluate(theme) == "light"
    page.reload()
    assert page.evaluate(theme) == "light"
    assert "Theme: light. Change to dark." in page.inner_text("#theme-button")
    page.emulate_media(color_scheme="light")
    page.click("#theme-button")
    assert page.evaluate(theme) == "dark"
    page.click("#theme-button")
    assert page.evaluate(theme) == "light"


def test_dark_without_script_follows_the_system(site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(color_scheme="dark", java_script_enabled=False)
    page.goto("/sample")
    # Scripts are off on the page itself; the driver may still ask for computed colors.
    names = ("backgroundColor", "color")
    back, ink = (page.locator("body").evaluate(f"e => getComputedStyle(e).{name}") for name in names)
    assert sum(map(int, back[4:-1].split(", "))) < 150 < sum(map(int, ink[4:-1].split(", ")))
