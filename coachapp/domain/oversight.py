"""How far a role reaches into other people's work: one table of role and subject, read by every query about it.

A class gives its instructor power over the work given in it, and over nothing else of its students: sharing a student
with a colleague opens neither the colleague's exams nor what the student does in private.
"""

from enum import StrEnum

from coachapp.domain.permissions import Role


class Subject(StrEnum):
    """What somebody may want to read or change that concerns another person."""

    ATTEMPT = "attempt"
    SITTING = "sitting"
    LATE_ANSWERS = "late_answers"
    ACCOMMODATION = "accommodation"
    LEARNER = "learner"


class Extent(StrEnum):
    """How far a role reaches: their own only, the work and members of the classes they teach, or all."""

    OWN = "own"
    OWN_CLASSES = "own_classes"
    ALL = "all"


class Relation(StrEnum):
    """How a piece of work stands to the person who wants to reach it.

    `own`: their own. `own_class`: given in a class they teach, or a person in such a class. `shared_learner`: work of a
    student of theirs that was not given in their classes. `unrelated`: everything else.
    """

    OWN = "own"
    OWN_CLASS = "own_class"
    SHARED_LEARNER = "shared_learner"
    UNRELATED = "unrelated"


_EXTENTS: dict[Role, dict[Subject, Extent]] = {
    Role.STUDENT: {},
    Role.INSTRUCTOR: {
        Subject.SITTING: Extent.OWN_CLASSES,
        Subject.LATE_ANSWERS: Extent.OWN_CLASSES,
        Subject.ACCOMMODATION: Extent.OWN_CLASSES,
        Subject.LEARNER: Extent.OWN_CLASSES,
    },
    Role.ADMIN: {
        Subject.SITTING: Extent.ALL,
        Subject.LATE_ANSWERS: Extent.ALL,
        Subject.ACCOMMODATION: Extent.ALL,
        Subject.LEARNER: Extent.ALL,
    },
}


def extent(role: Role, subject: Subject) -> Extent:
    """Return how far a role reaches; attempts are read by the person who made them alone."""
    return _EXTENTS[role].get(subject, Extent.OWN)


def reaches(role: Role, subject: Subject, relation: Relation) -> bool:
    """Say whether a person with `role` may reach a subject that stands to them in `relation`."""
    match extent(role, subject):
        case Extent.ALL:
            return True
        case Extent.OWN_CLASSES:
            return relation is Relation.OWN_CLASS
        case Extent.OWN:
            return relation is Relation.OWN
