"""Lists shown a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from coachapp.web.asked import whole_number

MOST_PAGES = 999_999

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `number` counts from 1, `total` is the number of rows on all pages."""

    rows: Sequence[Row]
    number: int
    total: int
    per_page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.per_page))


def page_number(text: str | None) -> int:
    """Return the page a query string asks for; anything that is no such number means the first."""
    return max(1, whole_number(text, most=MOST_PAGES) or 1)


def paginate(session: Session, query: Select[Row], *, number: int, per_page: int = 50) -> Page[Row]:
    """Return page `number` of `query` in two queries; past the end, the last page."""
    counted: Select[Any] = select(func.count()).select_from(query.order_by(None).subquery())
    total = session.scalar(counted) or 0
    number = min(number, max(1, -(-total // per_page)))
    rows = session.scalars(query.limit(per_page).offset((number - 1) * per_page)).all()
    return Page(rows=rows, number=number, total=total, per_page=per_page)
