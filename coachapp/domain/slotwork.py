"""What a candidate did on one question of a sitting, as the page sends it: the shape of a save."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from coachapp.domain.questions import OptionId

MOST_BYTES = 16_384
MOST_NOTES = 4000
MOST_HIGHLIGHTS = 100
DAY_MS = 86_400_000


class BadSave(ValueError):
    """A save that does not have the shape of one; the message names the field and what it must be."""


class _Strict(BaseModel):
    """Takes exactly what is sent: no text for a number, no field that is not known."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Highlight(_Strict):
    """Marked text: characters `start` to before `end` of the text shown as stem or exhibit."""

    part: Literal["stem", "exhibit"]
    start: int = Field(ge=0, lt=1_000_000)
    end: int = Field(ge=0, lt=1_000_000)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a highlight must end after it starts")
        return self


class SlotSave(_Strict):
    """One save. `base_seq`: the seq it builds upon, 0 for the first; `save_id`: made by the client, new for each save.

    `elapsed_ms`: how long this question has been worked on in all. `sure`: asked in drills only.
    """

    base_seq: int = Field(ge=0, lt=2**31)
    save_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    answer: tuple[OptionId, ...] = Field(max_length=8)
    flagged: bool = False
    struck: tuple[OptionId, ...] = Field(default=(), max_length=8)
    highlights: tuple[Highlight, ...] = Field(default=(), max_length=MOST_HIGHLIGHTS)
    notes: str = Field(default="", max_length=MOST_NOTES)
    elapsed_ms: int = Field(default=0, ge=0, le=DAY_MS)
    sure: bool | None = None

    def payload(self) -> dict[str, Any]:
        """Return what a step stores: everything but what it builds upon; options once each, in order."""
        data = self.model_dump(mode="json", exclude={"base_seq"})
        return {**data, "answer": sorted(set(self.answer)), "struck": sorted(set(self.struck))}


def read_save(raw: bytes) -> SlotSave:
    """Read a save from JSON. Raises BadSave naming the field and what it must be."""
    try:
        return SlotSave.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ")
        raise BadSave(f"{where}: {words}" if where else f"The save cannot be read: {words}") from None


def make_save(**fields: Any) -> SlotSave:
    """Build a save from a posted form's values. Raises BadSave like `read_save`."""
    return read_save(json.dumps(fields).encode())


def check_options(save: SlotSave, options: tuple[str, ...], *, several: bool) -> None:
    """Raise BadSave where a save names options the question does not have, or several where one may be chosen."""
    for name, chosen in (("answer", save.answer), ("struck", save.struck)):
        if set(chosen) - set(options):
            # Ids are no words for a candidate, who sees letters and texts.
            raise BadSave(f"{name}: names an option that this question does not have; load the page again")
    if not several and len(set(save.answer)) > 1:
        raise BadSave("answer: only one option can be chosen in this question")
