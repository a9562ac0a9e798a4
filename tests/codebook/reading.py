"""Reading pages of the code book in tests."""

import re
from html import unescape


def words(html: str) -> str:
    """Return the text of a page, white space collapsed."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def main_of(html: str) -> str:
    """Return the main part of a page, without the frame of the site."""
    return html.split('<main id="main"', 1)[1].split("</main>", 1)[0]


def links(html: str) -> list[str]:
    """Return the addresses of the links in the main part of a page."""
    return [unescape(address) for address in re.findall(r'<a [^>]*href="([^"]+)"', main_of(html))]


def section(html: str, heading_id: str) -> str:
    """Return a section of a page by the id of its heading."""
    return html.split(f'aria-labelledby="{heading_id}"', 1)[1].split("</section>", 1)[0]
