"""Every column that refers to a person says what becomes of its rows, and none is forgotten by export or deletion."""

from sqlalchemy import Table

from coachapp.accounts.exporting import columns_of
from coachapp.models import db
from coachapp.models.ownership import SECRET, TIES, Bond, owned_rows, ties_to_people


def names(tables: list[tuple[Table, object]]) -> set[str]:
    return {table.name for table, _ in tables}


def test_every_column_that_refers_to_a_person_is_listed_and_no_other() -> None:
    there = {f"{table.name}.{column}" for table, column in ties_to_people()}
    missing = there - set(TIES)
    assert not missing, f"say in coachapp/models/ownership.py what becomes of the rows of {', '.join(sorted(missing))}"
    assert not set(TIES) - there, f"{set(TIES) - there} is listed and not there"


def test_what_is_cleared_can_be_empty_and_what_is_not_exported_has_a_reason() -> None:
    for table, column in ties_to_people():
        tie = TIES[f"{table.name}.{column}"]
        if tie.bond is Bond.CLEAR:
            assert table.c[column].nullable, f"{table.name}.{column} cannot be cleared"
        if tie.bond is Bond.OWN:
            assert not tie.left_out, f"{table.name}.{column}: what is hers is hers to take along"


def test_what_refers_to_an_owned_row_is_owned_with_it() -> None:
    owned = names(owned_rows(1))  # type: ignore[arg-type]
    assert {"attempt", "step", "grade", "sitting", "late_save", "memory_review"} <= owned
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name in owned:
                    assert table.name in owned, f"{table.name} refers to {key.column.table.name} and is not deleted"


def test_deleting_in_order_breaks_no_reference() -> None:
    order = [table.name for table, _ in owned_rows(1)]
    for place, (table, _) in enumerate(owned_rows(1)):
        for key in table.foreign_keys:
            if key.column.table.name in order:
                assert order.index(key.column.table.name) > place, f"{key.column.table.name} goes before {table.name}"


def test_secrets_are_columns_and_no_column_that_looks_like_one_is_exported() -> None:
    for name in SECRET:
        table, column = name.split(".")
        assert column in db.metadata.tables[table].columns
    for table in db.metadata.sorted_tables:
        for column in columns_of(table):
            suspicious = any(word in column for word in ("hash", "password", "token", "secret"))
            assert not suspicious, f"{table.name}.{column} looks like a secret: list it in SECRET"
