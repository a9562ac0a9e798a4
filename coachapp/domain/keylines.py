"""The lines of an answer key as frozen values (the format is described in cases/README.md)."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from coachapp.domain.codes import normalise_diagnosis, normalise_modifier, normalise_service
from coachapp.domain.labels import TRAP_LABELS, Label
from coachapp.domain.typed_text import plain

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LineId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,19}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
Modifier = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]


def _service_alone(text: str) -> str:
    """Return a service code; a modifier written behind it is refused, for it would be lost."""
    code, trailing = normalise_service(text)
    if trailing:
        raise ValueError(f"write the code alone, without {', '.join(trailing)} behind it")
    return code


class Poa(StrEnum):
    """Present on admission. `exempt` is a blank on the claim."""

    YES = "Y"
    NO = "N"
    UNKNOWN = "U"
    UNDETERMINED = "W"
    EXEMPT = "exempt"


class LineKind(StrEnum):
    """A claim has two kinds of line."""

    DIAGNOSIS = "diagnosis"
    SERVICE = "service"


class Frozen(BaseModel):
    """A value: immutable, with no field beyond those named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Frozen):
    """Words of a document that decide a line; `nth` counts from 1 where they occur more than once."""

    document: Slug
    quote: Text
    nth: int | None = Field(default=None, ge=1)


class Accept(Frozen):
    """Another code that is also right, for `credit` of the code's points."""

    code: Text
    credit: float = Field(gt=0, le=1)
    note: str | None = None


class ModifierSlot(Frozen):
    """One modifier the key asks for: any one of `any_of`; or, if `optional`, allowed and never scored."""

    any_of: tuple[Modifier, ...] = Field(min_length=1)
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: object) -> object:
        """Read `RT` and `{code: "51", optional: true}` as the long form."""
        if isinstance(value, str):
            return {"any_of": (normalise_modifier(value),)}
        if isinstance(value, dict):
            value = dict(value)
            if "code" in value:
                if "any_of" in value:
                    raise ValueError("give either code or any_of, not both")
                value["any_of"] = (value.pop("code"),)
            if isinstance(value.get("any_of"), (list, tuple)):
                value["any_of"] = tuple(normalise_modifier(str(m)) for m in value["any_of"])
        return value


class EmRating(Frozen):
    """The author's rating of a visit: the three elements of decision making and the documented minutes."""

    basis: Annotated[str, StringConstraints(pattern="^(mdm|time)$")]
    problems: Annotated[str, StringConstraints(pattern="^(minimal|low|moderate|high)$")] | None = None
    data: Annotated[str, StringConstraints(pattern="^(minimal|limited|moderate|extensive)$")] | None = None
    risk: Annotated[str, StringConstraints(pattern="^(minimal|low|moderate|high)$")] | None = None
    minutes: int | None = Field(default=None, ge=1, le=1440)


class KeyLine(Frozen):
    """What diagnosis and service lines of a key share."""

    id: LineId
    code: Text
    accept: tuple[Accept, ...] = ()
    optional: bool = False
    first: bool = False
    evidence: tuple[Evidence, ...] = ()
    rationale: str | None = None
    references: tuple[str, ...] = ()
    concepts: tuple[Slug, ...] = ()

    @cached_property
    def credits(self) -> dict[str, float]:
        """Return the credit of each code this line knows: 1 for its own, less for some accepted ones."""
        return {**{a.code: a.credit for a in reversed(self.accept)}, self.code: 1.0}


class KeyDiagnosis(KeyLine):
    """One diagnosis of a key; `after` names a line it must stand below."""

    after: LineId | None = None
    poa: Poa | None = None

    @field_validator("code")
    @classmethod
    def _normal_code(cls, value: str) -> str:
        return normalise_diagnosis(value)

    @field_validator("poa", mode="before")
    @classmethod
    def _plain_poa(cls, value: object) -> object:
        return plain(value).strip() if isinstance(value, str) else value

    @field_validator("accept")
    @classmethod
    def _normal_accept(cls, value: tuple[Accept, ...]) -> tuple[Accept, ...]:
        return tuple(a.model_copy(update={"code": normalise_diagnosis(a.code)}) for a in value)


class KeyService(KeyLine):
    """One service of a key. No modifiers written means that none is right; units and pointers count where written."""

    modifiers: tuple[ModifierSlot, ...] = Field(default=(), max_length=8)
    modifier_order: bool = False
    units: int | None = Field(default=None, ge=1, le=999_999)
    pointers: tuple[LineId, ...] | None = Field(default=None, min_length=1, max_length=4)
    primary: LineId | None = None
    em: EmRating | None = None

    @field_validator("code")
    @classmethod
    def _normal_code(cls, value: str) -> str:
        return _service_alone(value)

    @field_validator("units", mode="before")
    @classmethod
    def _plain_units(cls, value: object) -> object:
        return plain(value).strip() if isinstance(value, str) else value

    @field_validator("accept")
    @classmethod
    def _normal_accept(cls, value: tuple[Accept, ...]) -> tuple[Accept, ...]:
        return tuple(a.model_copy(update={"code": _service_alone(a.code)}) for a in value)

    @cached_property
    def required_modifiers(self) -> tuple[ModifierSlot, ...]:
        """Return the slots that are scored."""
        return tuple(slot for slot in self.modifiers if not slot.optional)

    @cached_property
    def optional_modifiers(self) -> frozenset[str]:
        """Return the modifiers that may stand or be left out."""
        return frozenset(m for slot in self.modifiers if slot.optional for m in slot.any_of)


class Trap(Frozen):
    """A wrong code an author expects, the label it earns and why."""

    code: Text
    kind: LineKind
    line: LineId | None = None
    label: Label
    why: Text

    @field_validator("label")
    @classmethod
    def _label_for_a_code(cls, value: Label) -> Label:
        if value not in TRAP_LABELS:
            raise ValueError(f"{value} is computed by the grader and cannot be set by a trap")
        return value

    @model_validator(mode="after")
    def _normal_code(self) -> Self:
        code = normalise_diagnosis(self.code) if self.kind is LineKind.DIAGNOSIS else _service_alone(self.code)
        object.__setattr__(self, "code", code)
        return self
