"""What axe and a ruler find wrong with the page that a browser shows."""

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: "Page") -> list[str]:
    """Return what axe finds and by how much the page is wider than the screen, a line each.

    A press that opens another page returns when that page begins to arrive, and half a page has no main part and no
    heading; so this waits until all of it is there.
    """
    page.wait_for_load_state("load")
    violations = Axe().run(page).response["violations"]
    found = [f"{rule['id']}: {node['html'][:160]}" for rule in violations for node in rule["nodes"]]
    wider = page.evaluate(WIDER)
    if wider > 0:
        found.append(f"{wider} px wider than the screen")
    return found
