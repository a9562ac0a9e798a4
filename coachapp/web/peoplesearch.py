"""Find people by a part of their name or address, for the lists of administrators and instructors."""

from sqlalchemy import ColumnElement, or_

from coachapp.domain.identity import TextUse, normal_text
from coachapp.models.people import Person


def named_like(text: str) -> ColumnElement[bool]:
    """Return the condition on Person that the name or the address holds `text`, however it is typed."""
    name, address = normal_text(text, TextUse.NAME), normal_text(text, TextUse.ADDRESS)
    # Names keep the letters they were written with; the reader may type full-width for plain ones.
    return or_(
        Person.name.icontains(name, autoescape=True),
        Person.name.icontains(address, autoescape=True),
        Person.email.icontains(address, autoescape=True),
    )
