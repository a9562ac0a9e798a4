"""Who may do what: one table of role and action, read by the access check and by pages that show or hide a link."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is on this site."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"


class Action(StrEnum):
    """What a page or command does, as far as a role decides about it."""

    JOIN_CLASS = "join_class"
    SEE_UNVERIFIED = "see_unverified"
    MANAGE_CLASSES = "manage_classes"
    MANAGE_EXAMS = "manage_exams"
    REGRADE = "regrade"
    USE_TWO_STEP = "use_two_step"
    MANAGE_PEOPLE = "manage_people"
    READ_AUDIT = "read_audit"
    MANAGE_JOBS = "manage_jobs"


ALLOWED: dict[Role, frozenset[Action]] = {
    Role.STUDENT: frozenset({Action.JOIN_CLASS}),
    Role.INSTRUCTOR: frozenset(
        {
            Action.JOIN_CLASS,
            Action.SEE_UNVERIFIED,
            Action.MANAGE_CLASSES,
            Action.MANAGE_EXAMS,
            Action.REGRADE,
            Action.USE_TWO_STEP,
        }
    ),
    Role.ADMIN: frozenset(Action),
}


def may(role: Role, action: Action) -> bool:
    """Say whether a person with `role` may do `action`."""
    return action in ALLOWED[role]
