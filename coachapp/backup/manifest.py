"""What a backup says of itself: the first thing read, and what all the rest is checked against."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from coachapp.backup.shapes import Kind

FORMAT = 1
MANIFEST = "manifest.json"
KEY = "secret_key"
_SHA256 = r"^[0-9a-f]{64}$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)


class TablePart(_Part):
    """The rows of one table: `last_id` is the highest number ever given to a row, where rows are numbered."""

    columns: tuple[tuple[str, Kind], ...]
    rows: int = Field(ge=0)
    last_id: int | None = Field(default=None, ge=0, lt=2**63)


class FilePart(_Part):
    """A file as it stood in the data folder."""


class Manifest(BaseModel):
    """The description of a backup.

    `revision`: that of the tables; `database`: the kind it was made from; `tables` by name; `code_sets` by file name;
    `key`: the site's secret key, None where it was left out or is not kept in the data folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    coachapp: str = Field(max_length=40)
    revision: str = Field(pattern=r"^[0-9A-Za-z_]{1,32}$")
    database: Literal["sqlite", "postgresql"]
    made_at: datetime
    tables: dict[str, TablePart]
    code_sets: dict[str, FilePart]
    key: FilePart | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows in all tables."""
        return sum(part.rows for part in self.tables.values())

    def parts(self) -> dict[str, _Part]:
        """Return every file that belongs in the archive, the manifest left out, by its name there."""
        found: dict[str, _Part] = {table_entry(name): part for name, part in self.tables.items()}
        found |= {code_set_entry(name): part for name, part in self.code_sets.items()}
        return found | ({KEY: self.key} if self.key else {})


def table_entry(name: str) -> str:
    """Return the name of a table's rows in the archive."""
    return f"tables/{name}.jsonl"


def code_set_entry(name: str) -> str:
    """Return the name of an imported release in the archive."""
    return f"codesets/{name}"
