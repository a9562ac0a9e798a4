"""The scopes of sittings and accommodations, as stored: a plan, an assignment, or every exam of a class."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Select, String, cast, literal, select
from sqlalchemy.orm import Session

from coachapp.models.classroom import Assignment, Classroom

_ASSIGNMENT = "assignment-"
_CLASS = "class-"


def scope_of(assignment_id: int) -> str:
    """Return the scope of sittings and accommodations that belong to an assignment."""
    return f"{_ASSIGNMENT}{assignment_id}"


def class_scope(classroom_id: int) -> str:
    """Return the scope of accommodations for every exam given to a class."""
    return f"{_CLASS}{classroom_id}"


def of_class_work(scope: str | None) -> bool:
    """Say whether a scope is that of a class or of something given to one."""
    return scope is not None and scope.startswith((_ASSIGNMENT, _CLASS))


def scopes_within(classrooms: ColumnElement[bool]) -> Select[str]:
    """Select the scopes of what was given in the classes that a condition on Assignment.classroom_id picks."""
    return select(literal(_ASSIGNMENT).concat(cast(Assignment.id, String))).where(classrooms)


def class_scopes(classrooms: ColumnElement[bool]) -> Select[str]:
    """Select the class scopes of the classes that a condition on Classroom picks."""
    return select(literal(_CLASS).concat(cast(Classroom.id, String))).where(classrooms)


def classes_of_scopes(session: Session, scopes: Collection[str | None]) -> Mapping[str, str]:
    """Return the class scope of each assignment's scope, for the classes among `scopes`; none, no query."""
    if not (numbers := _numbers(scopes, _CLASS)):
        return {}
    rows = session.execute(select(Assignment.id, Assignment.classroom_id).where(Assignment.classroom_id.in_(numbers)))
    return {scope_of(assignment_id): class_scope(classroom_id) for assignment_id, classroom_id in rows}


def class_titles(session: Session, scopes: Collection[str | None]) -> dict[str, str]:
    """Return what learners call the class scopes and assignments' scopes among `scopes`; none is looked up in vain."""
    titles: dict[str, str] = {}
    if numbers := _numbers(scopes, _CLASS):
        rows = session.execute(select(Classroom.id, Classroom.name).where(Classroom.id.in_(numbers)))
        titles |= {class_scope(ident): f"Every exam of {name}" for ident, name in rows}
    if numbers := _numbers(scopes, _ASSIGNMENT):
        given = session.execute(
            select(Assignment.id, Assignment.title, Classroom.name)
            .join(Assignment.classroom)
            .where(Assignment.id.in_(numbers))
        )
        titles |= {scope_of(ident): f"{title} ({name})" for ident, title, name in given}
    return titles


def _numbers(scopes: Collection[str | None], prefix: str) -> list[int]:
    return [int(scope.removeprefix(prefix)) for scope in scopes if scope is not None and scope.startswith(prefix)]
