"""A posted question page as a save; JSON saves need none of this."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from coachapp.domain.slotwork import DAY_MS, SlotSave, make_save
from coachapp.domain.strictjson import MOST_WHOLE, BadJson, read_json
from coachapp.exams.operations import MOST_PROBLEM_CHARS
from coachapp.web.asked import whole_number

# A page that stood open longer was not being read.
IDLE_MS = 120_000
_SURE = {"sure": True, "unsure": False}


@dataclass(frozen=True, slots=True)
class PostedPage:
    """What a question page sent. `go`: next, previous, a number, beyond, review, check, hint, break,
    problem, save.
    """

    save: SlotSave
    go: str
    problem: str


def _number(text: str | None) -> int:
    return whole_number(text, most=MOST_WHOLE) or 0


def posted_page(form: MultiDict[str, str], last: Mapping[str, Any], *, now: datetime) -> PostedPage:
    """Read a posted question page. `last`: the payload the server holds, for what a page without JavaScript lacks.

    Raises BadSave naming what does not have the shape of a save.
    """
    try:
        highlights = read_json(form["highlights"]) if form.get("highlights") else last["highlights"]
    except BadJson:
        highlights = last["highlights"]
    save = make_save(
        base_seq=_number(form.get("base_seq")),
        save_id=form.get("save_id", ""),
        answer=form.getlist("answer"),
        flagged=form.get("flagged") == "yes",
        struck=form.getlist("struck"),
        highlights=highlights,
        notes=form.get("notes", "").replace("\r\n", "\n"),
        elapsed_ms=_elapsed(form, last, now=now),
        sure=_SURE.get(form.get("sure", "")),
    )
    return PostedPage(
        save=save, go=form.get("go", "save"), problem=form.get("problem", "").strip()[:MOST_PROBLEM_CHARS]
    )


def _elapsed(form: MultiDict[str, str], last: Mapping[str, Any], *, now: datetime) -> int:
    """Return how long the question has been worked on: as the page counted, else since it was served."""
    if counted := form.get("elapsed_ms"):
        return min(_number(counted), DAY_MS)
    since = int(now.timestamp() * 1000) - _number(form.get("served_ms"))
    return min(int(last["elapsed_ms"]) + max(0, min(since, IDLE_MS)), DAY_MS)
