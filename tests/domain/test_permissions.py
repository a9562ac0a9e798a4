"""The table of role and action, cell by cell."""

import pytest

from coachapp.domain.permissions import Action, Role, may

TABLE = {
    Action.JOIN_CLASS: (True, True, True),
    Action.SEE_UNVERIFIED: (False, True, True),
    Action.MANAGE_CLASSES: (False, True, True),
    Action.MANAGE_EXAMS: (False, True, True),
    Action.REGRADE: (False, True, True),
    Action.USE_TWO_STEP: (False, True, True),
    Action.MANAGE_PEOPLE: (False, False, True),
    Action.READ_AUDIT: (False, False, True),
    Action.MANAGE_JOBS: (False, False, True),
}
CELLS = [(role, action, cells[column]) for action, cells in TABLE.items() for column, role in enumerate(Role)]


def test_the_table_here_names_every_action() -> None:
    assert set(TABLE) == set(Action)


@pytest.mark.parametrize(("role", "action", "allowed"), CELLS, ids=str)
def test_cell(role: Role, action: Action, allowed: bool) -> None:
    assert may(role, action) is allowed
