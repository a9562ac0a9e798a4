"""The live server and the browser fixtures themselves."""

from typing import Any

import pytest

from tests.fixtures_live import LiveServer, Watch


def test_browser_opens_the_sign_in_page_without_offence(page: Any) -> None:
    page.goto("/sign-in")
    assert page.title() == "Sign in · Coachapp"
    assert page.locator("h1").inner_text() == "Sign in"


def test_a_request_to_elsewhere_is_stopped_and_noted(browser: Any, live_server: LiveServer) -> None:
    watch = Watch()
    context = browser.new_context(base_url=live_server.url)
    watch.guard(context, live_server.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://elsewhere.example/x.png'}))")
    page.wait_for_timeout(100)
    context.close()
    assert watch.offences


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/reset"])
def test_first_visit_is_light(page: Any, path: str) -> None:
    """A page weighs under 150 kB compressed on a first visit."""
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(path, wait_until="networkidle")
    assert 0 < sum(sizes) < 150_000
