"""Multiple-choice questions and concepts as frozen values (the format is described in question_bank/README.md)."""

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from coachapp.domain.checks import Answer
from coachapp.domain.codes import CodeSystem, normalise_diagnosis, normalise_service, service_system
from coachapp.domain.items import CPT_SHAPE, CaseId, Payer
from coachapp.domain.keylines import Frozen, Slug, Text
from coachapp.domain.labels import TRAP_LABELS, Label


class Section(StrEnum):
    """The areas of the CPC examination, in the order of the paper."""

    SURGERY_10000 = "surgery-10000"
    SURGERY_20000 = "surgery-20000"
    SURGERY_30000 = "surgery-30000"
    SURGERY_40000 = "surgery-40000"
    SURGERY_50000 = "surgery-50000"
    SURGERY_60000 = "surgery-60000"
    EM = "em"
    ANESTHESIA = "anesthesia"
    RADIOLOGY = "radiology"
    PATHOLOGY_LABORATORY = "pathology-laboratory"
    MEDICINE = "medicine"
    TERMINOLOGY = "terminology"
    ANATOMY = "anatomy"
    ICD10CM = "icd10cm"
    HCPCS = "hcpcs"
    GUIDELINES = "guidelines"
    COMPLIANCE = "compliance"
    CASES = "cases"


class Use(StrEnum):
    """Where a question may be served: what drills have shown must not stand in a mock exam."""

    PRACTICE = "practice"
    EXAM = "exam"
    BOTH = "both"


OptionId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,3}$")]


class Option(Frozen):
    """One option. `codes` are those the linter checks; `label` says how a wrong option is wrong."""

    id: OptionId
    text: Text
    codes: tuple[Text, ...] = ()
    right: bool
    label: Label | None = None
    why: Text

    @model_validator(mode="after")
    def _label_of_a_wrong_option(self) -> Self:
        if self.label is not None and self.right:
            raise ValueError(f"option {self.id} is right and carries no label")
        if self.label is not None and self.label not in TRAP_LABELS:
            raise ValueError(f"option {self.id}: {self.label} is computed by the grader and cannot be set by an author")
        return self


class Question(Frozen):
    """A multiple-choice question; the answer is the exact set of right options."""

    id: CaseId
    section: Section
    concepts: tuple[Slug, ...] = Field(min_length=1)
    difficulty: int = Field(ge=1, le=5)
    use: Use = Use.BOTH
    date_of_service: date | None = None
    payer: Payer = Payer.UNSTATED
    exhibit: Text | None = None
    stem: Text
    options: tuple[Option, ...] = Field(min_length=2, max_length=8)
    shuffle: bool = True
    enemies: tuple[CaseId, ...] = ()
    references: tuple[Text, ...] = ()
    answered: tuple[Answer, ...] = ()
    verified: date | None = None

    @field_validator("stem")
    @classmethod
    def _flowing(cls, value: str) -> str:
        """Join the lines of each paragraph: how a file breaks them says nothing; a list keeps its items apart."""
        paragraphs = re.split(r"\n[ \t]*\n\s*", value)
        return "\n\n".join(re.sub(r"[ \t]*\n(?![ \t]*[-*] )[ \t]*", " ", paragraph) for paragraph in paragraphs)

    @field_validator("options")
    @classmethod
    def _answerable(cls, value: tuple[Option, ...]) -> tuple[Option, ...]:
        """Refuse options that could not be told apart or have no answer."""
        ids = [option.id for option in value]
        for option_id in ids:
            if ids.count(option_id) > 1:
                raise ValueError(f"two options have the id {option_id}")
        texts: dict[str, str] = {}
        for option in value:
            first = texts.setdefault(" ".join(option.text.split()).casefold(), option.id)
            if first != option.id:
                raise ValueError(f"option {option.id} has the same text as option {first}")
        if not any(option.right for option in value):
            raise ValueError("no option is right; at least one must be")
        if all(option.right for option in value):
            raise ValueError("every option is right; at least one must be wrong")
        return value

    @model_validator(mode="after")
    def _fits_its_section(self) -> Self:
        folder = self.id.split("/")[0]
        if folder != self.section:
            raise ValueError(f"the id begins with {folder}, the section is {self.section}")
        if self.section is Section.CASES and self.exhibit is None:
            raise ValueError("a question of section cases needs an exhibit, the chart it asks about")
        if self.date_of_service is None and any(option.codes for option in self.options):
            raise ValueError("options carry codes, so date_of_service must be given")
        if self.id in self.enemies:
            raise ValueError("the question names itself among its enemies")
        return self

    @property
    def right(self) -> frozenset[str]:
        """Return the ids of the right options."""
        return frozenset(option.id for option in self.options if option.right)


class Concept(Frozen):
    """A smallest teachable rule: what it is called, a paragraph in our own words and the public source to read."""

    id: Slug
    section: Section
    title: Text
    lesson: Text
    source: Text


def option_code(text: str) -> tuple[str, CodeSystem | None]:
    """Return an option's code in normal form, without its modifiers, and the code system its shape belongs to.

    A dot means ICD-10-CM, and so does a category of three characters; every other shape is a service. None where the
    shape fits no code set.
    """
    service, _ = normalise_service(text)
    system = service_system(service)
    if system is not None:
        return service, system
    diagnosis = normalise_diagnosis(service)
    is_icd = "." in diagnosis or re.fullmatch(r"(?:[A-Z]\d|QA)[0-9A-Z]", diagnosis)
    return (diagnosis, CodeSystem.ICD10CM) if is_icd else (service, None)


def question_carries_cpt(question: Question) -> bool:
    """Say whether an option, the stem or the exhibit names a CPT number, so that an operator may leave it out."""
    if any(CPT_SHAPE.fullmatch(option_code(code)[0]) for option in question.options for code in option.codes):
        return True
    texts = (question.stem, question.exhibit or "", *(option.text for option in question.options))
    return any(re.search(r"(?<![\w.,$])(?:\d{5}|\d{4}[FTU])(?![\w%]|[.,]\d)", text) for text in texts)
