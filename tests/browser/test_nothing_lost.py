"""Nothing typed is ever lost: reload, back, a second tab, a lost sign-in, a server that fails, no network."""

from collections.abc import Callable
from typing import Any

from coachapp.models.attempts import Attempt, Step
from tests.browser.conftest import BROKEN, EMAIL, Site, focus_comes_to, open_case, saved, tab_to
from tests.conftest import PASSWORD

Signed = Callable[..., Any]


def kept_copy(page: Any) -> str | None:
    found = page.evaluate("localStorage[Object.keys(localStorage).find(key => key.startsWith('coach-draft'))] ?? null")
    return None if found is None else str(found)


def payloads(site: Site) -> list[Any]:
    session = site.server.session
    session.rollback()
    return [step.payload for step in session.query(Step).order_by(Step.id)]


def test_typing_is_saved_and_a_reload_brings_it_back(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "S52.532A")
    page.fill("#sv-0-mod1", "LT")
    page.fill("#pos", "22")
    saved(page)
    assert kept_copy(page) is None
    page.reload()
    assert page.input_value("#dx-0-code") == "S52.532A"
    assert page.input_value("#sv-0-mod1") == "LT"
    assert page.input_value("#pos") == "22"
    page.wait_for_selector("#dx-0-note:text-matches('Colles')")


def test_a_reload_before_the_save_brings_it_back_too(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.route("**/draft", lambda route: route.abort())
    page.fill("#dx-0-code", "S52.532A")
    page.wait_for_selector("[data-state]:text-matches('Offline, waiting')")
    page.unroute("**/draft")
    page.reload()
    page.wait_for_selector("#dx-0-code[role=combobox]")
    assert page.input_value("#dx-0-code") == "S52.532A"
    saved(page)
    assert kept_copy(page) is None


def test_the_back_button_brings_the_draft_back(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "S52.532A")
    saved(page)
    page.goto("/cases")
    page.go_back()
    page.wait_for_selector("#dx-0-code[role=combobox]")
    assert page.input_value("#dx-0-code") == "S52.532A"


def test_leaving_at_once_still_saves(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "S52.532A")
    page.goto("/cases")
    open_case(page)
    assert page.input_value("#dx-0-code") == "S52.532A"


def test_a_server_that_fails_is_tried_again(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    fails = []

    def fail_once(route: Any) -> None:
        if fails:
            route.fallback()
        else:
            fails.append(route.request.url)
            route.fulfill(status=500, body="{}", content_type="application/json")

    page.route("**/draft", fail_once)
    page.fill("#dx-0-code", "S52.532A")
    page.wait_for_selector("[data-state]:text-matches('could not save')")
    assert "S52.532A" in (kept_copy(page) or "")
    saved(page)
    assert kept_copy(page) is None
    assert len(payloads(site)) == 1


def test_a_fault_while_handing_in_keeps_the_claim(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)

    def fail_posts(route: Any) -> None:
        if route.request.method == "POST":
            route.fulfill(status=500, body="<h1>Fault</h1>", content_type="text/html")
        else:
            route.fallback()

    page.route("**/broken-wrist*", fail_posts)
    page.route("**/draft", lambda route: route.fulfill(status=500, body="{}", content_type="application/json"))
    page.fill("#dx-0-code", "S52.532A")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("h1:text('Fault')")
    page.unroute_all()
    open_case(page)
    assert page.input_value("#dx-0-code") == "S52.532A"
    page.click("button[value=hand_in]:visible")
    page.wait_for_url("**/attempts/*")
    assert kept_copy(page) is None


def test_handing_in_with_a_save_under_way_builds_upon_it(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.route("**/draft", lambda route: (page.wait_for_timeout(400), route.fallback()))
    page.fill("#dx-0-code", "S52.532A")
    page.wait_for_event("request", lambda request: request.url.endswith("/draft"))
    page.click("button[value=hand_in]:visible")
    page.wait_for_url("**/attempts/*")
    assert [payload["diagnoses"][0]["code"] for payload in payloads(site)] == ["S52.532A", "S52.532A"]


def test_an_expired_sign_in_is_renewed_in_place(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    saved(page)
    page.context.clear_cookies()
    page.fill("#dx-1-code", "E11.9")
    page.wait_for_selector("#sign-in-again[open]")
    page.fill("#again-email", EMAIL)
    page.fill("#again-password", "not the password")
    page.press("#again-password", "Enter")
    page.wait_for_selector("#sign-in-again [data-error]:not(:empty)")
    page.fill("#again-password", PASSWORD)
    page.press("#again-password", "Enter")
    page.wait_for_selector("#sign-in-again", state="hidden")
    saved(page)
    assert payloads(site)[-1]["diagnoses"][1]["code"] == "E11.9"
    page.click("button[value=hand_in]:visible")
    page.wait_for_url("**/attempts/*")


def test_handing_in_while_signed_out_loses_nothing(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    saved(page)
    page.context.clear_cookies()
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("[name=password]:visible")
    page.fill("[name=email]:visible", EMAIL)
    page.fill("[name=password]:visible", PASSWORD)
    page.press("[name=password]:visible", "Enter")
    page.click("main button[type=submit]:visible")
    page.wait_for_url("**/attempts/*")
    assert payloads(site)[-1]["diagnoses"][0]["code"] == "I10"


def test_two_tabs_keep_both_versions_and_let_one_choose(signed_in: Signed, site: Site) -> None:
    first = signed_in()
    open_case(first)
    second = first.context.new_page()
    open_case(second)
    first.fill("#dx-0-code", "I10")
    saved(first)
    second.fill("#dx-0-code", "E11.9")
    second.wait_for_selector("[data-trouble]:visible")
    assert "A: I10" in second.inner_text("[data-trouble]")
    assert second.input_value("#dx-0-code") == "E11.9"
    assert [payload["diagnoses"][0]["code"] for payload in payloads(site)] == ["I10", "E11.9"]
    second.click("button:text('Keep the rows on this page')")
    saved(second)
    first.fill("#dx-1-code", "J45.909")
    first.wait_for_selector("[data-trouble]:visible")
    first.click("button:text('Use the saved version')")
    assert first.input_value("#dx-0-code") == "E11.9"
    assert first.input_value("#dx-1-code") == ""
    first.fill("#dx-2-code", "Z79.4")
    saved(first)


def test_typing_after_the_claim_was_handed_in_elsewhere(signed_in: Signed, site: Site) -> None:
    first = signed_in()
    open_case(first)
    first.fill("#dx-0-code", "I10")
    saved(first)
    second = first.context.new_page()
    open_case(second)
    second.click("button[value=hand_in]:visible")
    second.wait_for_url("**/attempts/*")
    first.fill("#dx-1-code", "E11.9")
    first.wait_for_selector("[data-trouble]:visible")
    first.click("button:text('Start a new try with these rows')")
    saved(first)
    site.server.session.rollback()
    assert site.server.session.query(Attempt).count() == 2


def test_without_a_network_handing_in_waits(signed_in: Signed) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    saved(page)
    page.context.set_offline(True)
    page.fill("#dx-1-code", "E11.9")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("[data-state]:text-matches('Offline: hand in')")
    page.context.set_offline(False)
    saved(page)
    page.click("button[value=hand_in]:visible")
    page.wait_for_url("**/attempts/*")


def test_rows_the_form_cannot_hold_are_kept_and_saved(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)
    page.fill("#dx-0-code", "I10")
    page.fill("#sv-0-units", "2")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector("#errors-summary")
    focus_comes_to(page, "errors-summary")
    tab_to(page, "#errors-summary a")
    page.keyboard.press("Enter")
    focus_comes_to(page, "sv-0-code")
    saved(page)
    assert payloads(site)[-1]["services"][0]["units"] == "2"


def test_the_whole_way_without_script(site: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
    page.goto("/sign-in")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.click("nav a:text('Cases')")
    page.click(".case-title:text('Broken wrist')")
    assert page.is_visible("#doc-op-note")
    assert page.is_visible("#doc-imaging")
    page.fill("#dx-0-code", "s52532a")
    page.press("#dx-0-code", "Enter")  # the first button of the form: it saves
    assert page.is_visible("text=Draft saved")
    assert page.input_value("#dx-0-code") == "s52532a"
    assert "Colles" in page.inner_text("#dx-0-note")
    page.click("button[value=more_dx]")
    page.fill("#dx-7-code", "W10.1XXA")
    page.fill("#sv-0-code", "25605-LT")
    page.fill("#sv-0-pointers", "A")
    page.fill("#pos", "22")
    page.click("button.btn[value=save]")
    assert page.input_value("#dx-7-code") == "W10.1XXA"
    page.click("button[value=hand_in]:visible")
    assert page.inner_text(".score-value") == "100%"
    page.click("summary:has-text('Why') >> nth=0")
    page.click("[data-evidence] >> nth=0")
    assert page.url.partition("#")[2].startswith("evidence-")
    page.click("a:text('Try again')")
    assert page.input_value("#dx-0-code") == ""


def test_the_sample_stores_nothing_in_the_browser_either(site: Site, page: Any) -> None:
    page.goto("/sample")
    page.fill("#dx-0-code", "K63.5")
    page.fill("#sv-0-code", "45385")
    page.click("button[value=hand_in]:visible")
    page.wait_for_selector(".score-value")
    assert page.evaluate("Object.keys(localStorage).length") == 0
    assert page.context.cookies() == [] or {c["name"] for c in page.context.cookies()} == {"coachapp"}
    assert BROKEN not in page.url


def test_a_save_whose_answer_never_came_is_no_second_version(signed_in: Signed, site: Site) -> None:
    page = signed_in()
    open_case(page)

    def swallow_answer(route: Any) -> None:
        route.fetch()  # the server keeps the draft, the page never hears of it
        route.abort()

    page.route("**/draft", swallow_answer, times=1)
    page.fill("#dx-0-code", "I10")
    page.wait_for_selector("[data-state]:text-matches('Offline, waiting')")
    page.fill("#dx-1-code", "E11.9")
    saved(page)
    assert not page.is_visible("[data-trouble]")
    assert [d["code"] for d in payloads(site)[-1]["diagnoses"]] == ["I10", "E11.9"]
