"""A sitting's pinned plan, paper and time as domain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coachapp.domain.assembly import Slot
from coachapp.domain.examclock import Timing, latest_deadline
from coachapp.domain.plans import ExamPlan
from coachapp.domain.questions import Section
from coachapp.models.sittings import Sitting

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PaperSlot:
    """One question of a paper. `n` counts from 1; `options` in the order shown."""

    n: int
    item: str
    item_id: int
    version_id: int
    section: Section
    options: tuple[str, ...]
    scored: bool


def slot_data(slot: Slot, *, item_id: int, version_id: int) -> dict[str, Any]:
    """Return one entry of a stored paper: the slot, pinned to a version of its item."""
    return {
        "item": slot.item,
        "item_id": item_id,
        "version_id": version_id,
        "section": slot.section.value,
        "options": list(slot.options),
        "scored": slot.scored,
    }


def paper_of(sitting: Sitting) -> tuple[PaperSlot, ...]:
    """Return the paper of a sitting."""
    return tuple(
        PaperSlot(
            n=n,
            item=entry["item"],
            item_id=entry["item_id"],
            version_id=entry["version_id"],
            section=Section(entry["section"]),
            options=tuple(entry["options"]),
            scored=entry["scored"],
        )
        for n, entry in enumerate(sitting.paper, start=1)
    )


def plan_of(sitting: Sitting) -> ExamPlan:
    """Return the plan as it was when the sitting began."""
    return ExamPlan.model_validate(sitting.plan)


def timing_of(sitting: Sitting) -> Timing:
    """Return the time of a sitting."""
    return Timing(
        started_at=sitting.started_at,
        minutes=sitting.minutes,
        closes_at=sitting.closes_at,
        break_allowance=sitting.break_allowance_ms * MILLISECOND,
        break_used=sitting.break_used_ms * MILLISECOND,
        break_began_at=sitting.break_began_at,
    )


def store_timing(sitting: Sitting, timing: Timing, *, now: datetime) -> None:
    """Write a changed timing back, with the deadline that the sweep looks at."""
    sitting.minutes = timing.minutes
    sitting.closes_at = timing.closes_at
    sitting.break_allowance_ms = timing.break_allowance // MILLISECOND
    sitting.break_used_ms = timing.break_used // MILLISECOND
    sitting.break_began_at = timing.break_began_at
    sitting.deadline = latest_deadline(timing, now)
