"""Show an answer as the candidate sees it: letters and texts in the order of the options of that sitting.

Ids of options stay between the server and the page's own boxes; no page, message, mail or export shows one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coachapp.attempts.papers import PaperSlot
from coachapp.domain.disclosure import ShownQuestion, asked
from coachapp.models.items import ItemVersion
from coachapp.stored import question_of

LETTERS = "ABCDEFGH"
LONGEST_NOTES = 200


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """An option by the letter and the text that stand on the candidate's page."""

    letter: str
    text: str


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One version of the work on a question: what is chosen and struck out, flagged and noted."""

    options: Sequence[ChosenOption]
    struck: Sequence[str]
    flagged: bool
    notes: str

    @property
    def words(self) -> str:
        """Return the version in words: “B 99213”, flagged; notes: check units."""
        chosen = "; ".join(f"{option.letter} “{option.text}”" for option in self.options) or "no answer"
        marks = [f"{', '.join(self.struck)} struck out"] if self.struck else []
        marks += ["flagged"] if self.flagged else []
        if self.notes:
            cut = self.notes if len(self.notes) <= LONGEST_NOTES else f"{self.notes[:LONGEST_NOTES]}…"
            marks.append(f"notes: “{' '.join(cut.split())}”")
        return ", ".join([chosen, *marks])

    def as_json(self) -> dict[str, Any]:
        """Return the version for the page's script."""
        return {"options": [{"letter": o.letter, "text": o.text} for o in self.options], "words": self.words}


def version_of(question: ShownQuestion, payload: Mapping[str, Any] | None) -> AnswerVersion:
    """Return a save's payload as a version of the answer to `question`, whose options stand in the sitting's order."""
    work = payload or {}
    picked, struck = set(work.get("answer", ())), set(work.get("struck", ()))
    lettered = [(LETTERS[place], option) for place, option in enumerate(question.options)]
    return AnswerVersion(
        options=[ChosenOption(letter, option.text) for letter, option in lettered if option.id in picked],
        struck=[letter for letter, option in lettered if option.id in struck],
        flagged=bool(work.get("flagged")),
        notes=str(work.get("notes", "")),
    )


def asked_questions(session: Session, slots: Iterable[PaperSlot]) -> dict[int, ShownQuestion]:
    """Return the questions of some slots of one paper as they were asked, by the number of the slot."""
    wanted = {slot.n: slot for slot in slots}
    ids = {slot.version_id for slot in wanted.values()}
    versions = {v.id: v for v in session.scalars(select(ItemVersion).where(ItemVersion.id.in_(ids)))}
    return {n: asked(question_of(versions[slot.version_id]), slot.options) for n, slot in wanted.items()}
