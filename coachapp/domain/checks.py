"""What the checks of content are called, and an author's answer to one of their warnings."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from coachapp.domain.codes import undotted
from coachapp.domain.keylines import Frozen, Text
from coachapp.domain.typed_text import code_text


class Check(StrEnum):
    """A check of a key whose warning an author may answer. The first group needs no tables from outside."""

    EXCLUDES1 = "excludes1"
    CODE_FIRST = "code-first"
    USE_ADDITIONAL = "use-additional"
    SIDE = "side"
    AGE = "age"
    DUPLICATE_SERVICE = "duplicate-service"
    FIRST_LISTED = "first-listed"
    CPT_DATE = "cpt-date"
    MODIFIER_24 = "modifier-24"
    MODIFIER_25 = "modifier-25"
    MODIFIER_26 = "modifier-26"
    MODIFIER_50 = "modifier-50"
    MODIFIER_51 = "modifier-51"
    MODIFIER_54 = "modifier-54"
    MODIFIER_57 = "modifier-57"
    MODIFIER_58 = "modifier-58"
    MODIFIER_59 = "modifier-59"
    MODIFIER_62 = "modifier-62"
    MODIFIER_78 = "modifier-78"
    MODIFIER_79 = "modifier-79"
    MODIFIER_80 = "modifier-80"
    ADD_ON = "add-on"
    NCCI_PAIR = "ncci-pair"
    UNITS = "units"


WITHOUT_TABLES = frozenset(
    {
        Check.EXCLUDES1,
        Check.CODE_FIRST,
        Check.USE_ADDITIONAL,
        Check.SIDE,
        Check.AGE,
        Check.DUPLICATE_SERVICE,
        Check.FIRST_LISTED,
    }
)


class Answer(Frozen):
    """Why a key is right although a check warns of it. `codes` are those the warning names, in any order."""

    check: Check
    codes: tuple[Text, ...] = Field(min_length=1)
    why: Text

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if self.check is Check.CPT_DATE:
            raise ValueError("cpt-date cannot be answered: a code that does not exist on the date has to go")
        return self

    @property
    def bare_codes(self) -> frozenset[str]:
        """Return the codes without dots, for comparing."""
        return bare_codes(self.codes)


def bare_codes(codes: tuple[str, ...]) -> frozenset[str]:
    """Return codes as a set in the form in which two spellings of one code are equal."""
    return frozenset(undotted(code_text(code).strip()) for code in codes)
