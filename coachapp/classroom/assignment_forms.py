"""The forms for work given to a class: dates on the class's wall clock, and what is to be done."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import Field, Form, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import DateTimeLocalInput

from coachapp.classroom.giving import Chosen
from coachapp.domain.assignments import Dates, WorkKind
from coachapp.domain.examclock import NoSuchTime, class_instant, class_time
from coachapp.domain.plans import ExamPlan
from coachapp.models.classroom import Assignment
from coachapp.web.forms import strip
from coachapp.web.zones import zone_choices

MOST_TITLE = 200
MOST_INSTRUCTIONS = 4000
MOST_CASES = 20
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?")


class LocalTime(Field):
    """A date and a time on the class's wall clock, as a naive datetime; an empty box is None."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was posted; raise ValueError with words for its writer."""
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            found = datetime.fromisoformat(text) if _LOCAL.fullmatch(text) else None
        except ValueError:
            found = None
        if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise ValueError("Write a date and a time, such as 2026-11-30T23:59.")
        self.data = found.replace(second=0, microsecond=0)


class AssignmentForm(Form):
    """Title, instructions and dates; an empty date is open."""

    title = StringField(
        "Title",
        [Length(max=MOST_TITLE, message=f"Keep it to {MOST_TITLE} characters.")],
        filters=[strip],
        render_kw={"autocomplete": "off", "maxlength": MOST_TITLE},
    )
    instructions = TextAreaField(
        "Instructions",
        [Length(max=MOST_INSTRUCTIONS, message=f"Keep them to {MOST_INSTRUCTIONS} characters.")],
        filters=[strip],
        render_kw={"rows": 4, "maxlength": MOST_INSTRUCTIONS},
        description="Optional. Markdown works: **bold**, lists.",
    )
    opens = LocalTime("Opens", description="From then on students see it. Empty: at once.")
    due = LocalTime("Due", description="23:59 means the end of that minute. Empty: no date.")
    zone = SelectField("Time zone of these times", choices=zone_choices, validate_choice=False)

    def __init__(self, *arguments: Any, now: datetime, new: bool = True, **options: Any) -> None:
        """Take the present moment; `new`: the work is given now, so that it can neither be due nor closed already."""
        super().__init__(*arguments, **options)
        self._now = now
        self._new = new
        self._dates: Dates | None = None

    def validate_title(self, field: Field) -> None:
        """What is there already keeps a title; what is new takes that of the work."""
        if not self._new and not field.data:
            raise ValidationError("Give it a title.")

    def validate_opens(self, field: Field) -> None:
        """What is there already keeps an opening."""
        if not self._new and field.data is None and not field.errors:
            raise ValidationError("Write when it opens.")

    def validate_zone(self, field: Field) -> None:
        """Refuse what is no time zone of the list."""
        if field.data not in {choice.value for choice in zone_choices()}:
            raise ValidationError("Choose a time zone from the list.")

    def _instant(self, name: str, zone: ZoneInfo, *, closing: bool) -> datetime | None:
        field = self._fields.get(name)
        if field is None or field.data is None:
            return None
        try:
            return class_instant(field.data, zone, closing=closing)
        except NoSuchTime as error:
            field.errors = [f"{error}. Choose another time."]
            return None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every box, then the dates against one another."""
        if not super().validate(extra_validators):
            return False
        zone = ZoneInfo(self.zone.data)
        opens = self._instant("opens", zone, closing=False) or self._now.replace(second=0, microsecond=0)
        due = self._instant("due", zone, closing=True)
        closes = self._instant("closes", zone, closing=True)
        if self.errors_of_dates():
            return False
        if due is not None and (problem := self._problem(due, opens, verb="be due")):
            self.due.errors = [problem]
        if closes is not None:
            problem = self._problem(closes, opens, verb="close")
            if problem is None and due is not None and closes < due:
                problem = "It must not close before it is due."
            if problem is not None:
                self._fields["closes"].errors = [problem]
        self._dates = Dates(opens, due, closes)
        return not self.errors_of_dates()

    def _problem(self, end: datetime, opens: datetime, *, verb: str) -> str | None:
        """Return what is wrong with a moment that something ends at."""
        if self._new and end <= self._now:
            return "This is over already."
        return f"It must {verb} after it opens." if end <= opens else None

    def errors_of_dates(self) -> bool:
        """Say whether a date was found at fault."""
        return any(self._fields[name].errors for name in ("opens", "due", "closes") if name in self._fields)

    def dates(self) -> Dates:
        """Return the dates as instants; only after `validate`."""
        if self._dates is None:
            raise ValueError("the form was not validated")
        return self._dates


class WithClose(AssignmentForm):
    """An exam may have a close, too."""

    closes = LocalTime("Closes", description="From then on nobody can start it, and time ends. Empty: stays open.")


class GiveCases(AssignmentForm):
    """One or several cases; each becomes an assignment with the same dates."""

    cases = SelectMultipleField("Cases", coerce=str, validate_choice=False)

    def __init__(self, *arguments: Any, works: Sequence[Any], **options: Any) -> None:
        """Take the cases to choose from, by their ids."""
        super().__init__(*arguments, **options)
        self._known = {str(one.id): one for one in works}

    def validate_cases(self, field: Field) -> None:
        """Ask for at least one case, and not for too many."""
        if not field.data:
            raise ValidationError("Choose at least one case.")
        if any(one not in self._known for one in field.data):
            raise ValidationError("One of these cases is not on this site any more. Choose again.")
        if len(set(field.data)) > MOST_CASES:
            raise ValidationError(f"Choose {MOST_CASES} cases at most.")

    def chosen(self) -> list[Chosen]:
        """Return what each assignment to make asks for."""
        cases = [self._known[one] for one in dict.fromkeys(self.cases.data)]
        title = self.title.data
        if len(cases) == 1:
            return [Chosen(title or cases[0].title, item_id=cases[0].id)]
        return [Chosen(f"{title}: {one.title}"[:MOST_TITLE] if title else one.title, item_id=one.id) for one in cases]


class _GivePlan(AssignmentForm):
    """A drill or an exam."""

    plan = SelectField("What", validate_choice=False)

    def __init__(self, *arguments: Any, works: Sequence[ExamPlan], **options: Any) -> None:
        """Take the plans to choose from."""
        super().__init__(*arguments, **options)
        self._known = {one.id: one for one in works}
        self.plan.choices = [SelectChoice("", "Choose…"), *(SelectChoice(one.id, one.title) for one in works)]

    def validate_plan(self, field: Field) -> None:
        """Ask for one of the list."""
        if field.data not in self._known:
            raise ValidationError("Choose one from the list.")

    def chosen(self) -> list[Chosen]:
        """Return what the assignment to make asks for."""
        return [Chosen(self.title.data or self._known[self.plan.data].title, plan_id=self.plan.data)]


class GiveDrill(_GivePlan):
    """A drill; its questions may be answered over several rounds."""


class GiveExam(_GivePlan, WithClose):
    """An exam with its window."""


GIVE: dict[WorkKind, type[GiveCases | GiveDrill | GiveExam]] = {
    WorkKind.CASE: GiveCases,
    WorkKind.DRILL: GiveDrill,
    WorkKind.EXAM: GiveExam,
}


def stored_values(assignment: Assignment) -> dict[str, Any]:
    """Return what the form shows of an assignment that is there."""
    zone = ZoneInfo(assignment.zone)
    return {
        "title": assignment.title,
        "instructions": assignment.instructions,
        "opens": class_time(assignment.opens_at, zone),
        "due": class_time(assignment.due_at, zone, closing=True) if assignment.due_at else None,
        "closes": class_time(assignment.closes_at, zone, closing=True) if assignment.closes_at else None,
        "zone": assignment.zone,
    }
