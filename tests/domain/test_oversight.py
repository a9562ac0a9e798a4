"""How far each role reaches into other people's work, cell by cell."""

import pytest

from coachapp.domain.oversight import Relation, Subject, reaches
from coachapp.domain.permissions import Role

OWN, OWN_CLASS = Relation.OWN, Relation.OWN_CLASS
CLASS_WORK = {Subject.SITTING, Subject.LATE_ANSWERS, Subject.ACCOMMODATION, Subject.LEARNER}
ALLOWED = (
    {(role, Subject.ATTEMPT, OWN) for role in Role}
    | {(Role.STUDENT, subject, OWN) for subject in CLASS_WORK}
    | {(Role.INSTRUCTOR, subject, OWN_CLASS) for subject in CLASS_WORK}
    | {(Role.ADMIN, subject, relation) for subject in CLASS_WORK for relation in Relation}
)


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("subject", Subject)
@pytest.mark.parametrize("role", Role)
def test_each_cell_of_role_subject_and_relation(role: Role, subject: Subject, relation: Relation) -> None:
    assert reaches(role, subject, relation) is ((role, subject, relation) in ALLOWED)
