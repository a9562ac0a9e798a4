"""Exam plans as frozen values: what is asked, how long it may take, and what is shown when."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from coachapp.domain.keylines import Frozen, Text
from coachapp.domain.questions import Section, Use

MOST_QUESTIONS = 500
# The drill on what is due for review, which has no file.
REVIEW_PLAN_ID = "review"

# Longer than a concept's id by the prefix of its drill.
PlanId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=96)]


class PlanKind(StrEnum):
    """`exam`: a whole mock with pass or fail; `short`: a part of one, reported with its range; `drill`: practice."""

    EXAM = "exam"
    SHORT = "short"
    DRILL = "drill"


class Navigation(StrEnum):
    """`free`: skip and return; `forward`: never back; `locked`: free inside a section, never back to an earlier one."""

    FREE = "free"
    FORWARD = "forward"
    LOCKED = "locked"


class PaperOrder(StrEnum):
    """In what order the questions of a paper stand."""

    SECTION = "section"
    SHUFFLED = "shuffled"


class Tool(StrEnum):
    """What a candidate may use on the page."""

    STRIKE = "strike"
    HIGHLIGHT = "highlight"
    NOTES = "notes"
    FLAG = "flag"


class ShowAnswers(StrEnum):
    """When right answers and reasons are shown. `each`: after each question (drills); `after`: from a day on."""

    EACH = "each"
    END = "end"
    NEVER = "never"
    AFTER = "after"


class SectionCount(Frozen):
    """How many scored questions a section has, and how many more that do not count and are not marked as such."""

    section: Section
    count: int = Field(ge=0, le=MOST_QUESTIONS)
    unscored: int = Field(default=0, ge=0, le=MOST_QUESTIONS)


class ScaleStep(Frozen):
    """One row of a display table: from `percent` right on, the scaled score is `scaled`."""

    percent: int = Field(ge=0, le=100)
    scaled: int


class CodeSetEditions(Frozen):
    """The editions a plan is written for; look-up, code book and validity use the day `on`, never today's."""

    cpt: Text
    hcpcs: Text
    icd10cm: Text
    on: date


class ExamPlan(Frozen):
    """One exam plan. `minutes` None: untimed. `pass_mark` in percent of the scored questions, None: no verdict."""

    id: PlanId
    title: Text
    about: Text
    kind: PlanKind
    sections: tuple[SectionCount, ...] = Field(min_length=1)
    minutes: int | None = Field(default=None, ge=1, le=1440)
    pass_mark: int | None = Field(default=None, ge=1, le=100)
    scale: tuple[ScaleStep, ...] = ()
    code_sets: CodeSetEditions
    navigation: Navigation = Navigation.FREE
    order: PaperOrder = PaperOrder.SECTION
    code_book: bool = True
    tools: tuple[Tool, ...] = tuple(Tool)
    show_answers: ShowAnswers = ShowAnswers.END
    show_answers_from: date | None = None

    @field_validator("sections")
    @classmethod
    def _each_section_once(cls, value: tuple[SectionCount, ...]) -> tuple[SectionCount, ...]:
        seen: set[Section] = set()
        for entry in value:
            if entry.section in seen:
                raise ValueError(f"the section {entry.section} is listed twice")
            seen.add(entry.section)
        return value

    @field_validator("scale")
    @classmethod
    def _rising(cls, value: tuple[ScaleStep, ...]) -> tuple[ScaleStep, ...]:
        for earlier, later in pairwise(value):
            if later.percent <= earlier.percent or later.scaled < earlier.scaled:
                raise ValueError("the steps of scale must rise in percent and never fall in scaled")
        if value and value[0].percent != 0:
            raise ValueError("the first step of scale must be for 0 percent")
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not 1 <= self.total <= MOST_QUESTIONS:
            raise ValueError(f"the sections hold {self.total} questions; a plan has 1 to {MOST_QUESTIONS}")
        if self.scored == 0:
            raise ValueError("no question is scored")
        if self.kind is PlanKind.EXAM and self.pass_mark is None:
            raise ValueError("a plan of kind exam needs a pass_mark")
        if self.kind is not PlanKind.EXAM and self.pass_mark is not None:
            raise ValueError(f"a plan of kind {self.kind} reports no pass or fail, so it has no pass_mark")
        if self.kind is PlanKind.DRILL and self.minutes is not None:
            raise ValueError("a drill is untimed, so it has no minutes")
        if (self.kind is PlanKind.DRILL) != (self.show_answers is ShowAnswers.EACH):
            raise ValueError("show_answers is each in drills and only there")
        if (self.show_answers is ShowAnswers.AFTER) != (self.show_answers_from is not None):
            raise ValueError("show_answers_from goes with show_answers after, and only with it")
        return self

    @property
    def total(self) -> int:
        """Return how many questions a paper has, those that do not count included."""
        return sum(entry.count + entry.unscored for entry in self.sections)

    @property
    def scored(self) -> int:
        """Return how many questions of a paper count."""
        return sum(entry.count for entry in self.sections)

    @property
    def uses(self) -> frozenset[Use]:
        """Return which questions may stand in a paper: mocks never take those of drills only, nor drills of mocks."""
        return frozenset({Use.BOTH, Use.PRACTICE if self.kind is PlanKind.DRILL else Use.EXAM})

    def needs(self) -> dict[Section, int]:
        """Return how many questions each section needs, in the order of the plan."""
        return {entry.section: entry.count + entry.unscored for entry in self.sections if entry.count + entry.unscored}

    def scaled(self, right: int, scored: int) -> int | None:
        """Return the scaled score of `right` of `scored` by the display table, None without one or without a score."""
        reached = [step.scaled for step in self.scale if scored and 100 * right >= step.percent * scored]
        return reached[-1] if reached else None


def with_counts(plan: ExamPlan, counts: Mapping[Section, int], **changes: object) -> ExamPlan:
    """Return a plan with other counts, all scored, and further fields changed; sections of none are left out.

    Raises ValueError (from the plan's own rules) where no question is left.
    """
    sections = [{"section": section, "count": counts[section]} for section in Section if counts.get(section)]
    return ExamPlan.model_validate({**plan.model_dump(), "sections": sections, **changes})


def concept_plan_id(concept_id: str) -> str:
    """Return the id of the drill on one concept, which has no file."""
    return f"concept-{concept_id}"
