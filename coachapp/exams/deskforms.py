"""Forms of the exam desk: reasons, and what is granted to whom."""

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import Field, IntegerField, SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from coachapp.domain.examclock import MOST_EXTENSION, MOST_EXTRA_MINUTES, Accommodation
from coachapp.models.sittings import AccommodationGrant
from coachapp.web.forms import ReasonForm, strip

MOST_EXTENSION_MINUTES = MOST_EXTENSION.days * 1440


class MinutesField(IntegerField):
    """Whole minutes; an empty box stands for nothing said, and what is typed comes back as it was."""

    def __init__(self, label: str, *, most: int, **options: Any) -> None:
        """Take the label and the most minutes that may be granted."""
        limits = NumberRange(min=0, max=most, message=f"Write whole minutes from 0 to {most}.")
        super().__init__(label, [Optional(), limits], render_kw={"inputmode": "numeric"}, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was posted; raise ValueError with words for its writer."""
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            self.data = None
            raise ValueError("Write whole minutes, such as 15.")
        self.data = int(text)


class GrantForm(ReasonForm):
    """Accommodations for every exam or one; an empty box leaves a value as it is elsewhere."""

    scope = SelectField("For")
    factor = StringField(
        "Times the minutes",
        [Length(max=12, message="Write a number from 1 to 4, such as 1.5.")],
        filters=[strip],
        description="1 to 4: at 1.5, an exam of 4 hours lasts 6.",
        render_kw={"inputmode": "decimal", "maxlength": 12},
    )
    extra = MinutesField("Minutes more", most=MOST_EXTRA_MINUTES, description="Added after the times.")
    breaks = MinutesField(
        "Minutes of breaks", most=MOST_EXTRA_MINUTES, description="In all. The time stands still meanwhile."
    )
    extension = MinutesField(
        "Minutes beyond the close",
        most=MOST_EXTENSION_MINUTES,
        description="Where an exam is open for a time: 1440 is a day.",
    )

    def __init__(self, *arguments: Any, exams: dict[str, str], **options: Any) -> None:
        """Take the titles of what may be granted for, by scope."""
        super().__init__(*arguments, **options)
        self.scope.choices = [SelectChoice(scope, title) for scope, title in exams.items()]

    def validate_factor(self, field: Field) -> None:
        """Refuse what is no number from 1 to 4."""
        try:
            if self.exact_factor() is not None:
                Accommodation(factor=self.exact_factor() or Decimal(1))
        except InvalidOperation:
            raise ValidationError("Write a number from 1 to 4, such as 1.5.") from None
        except ValueError as error:
            raise ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None

    def exact_factor(self) -> Decimal | None:
        """Return the factor, None where the box is empty. Raises InvalidOperation for what is no number."""
        return Decimal(self.factor.data.replace(",", ".")) if self.factor.data else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every box, and that something is granted."""
        sound: bool = super().validate(extra_validators)
        granted = (self.factor.data, self.extra.data, self.breaks.data, self.extension.data)
        if sound and all(value in (None, "") for value in granted):
            self.form_errors.append("Fill in at least one of the times, or end what is granted below.")
            return False
        return sound


def grant_form(exams: dict[str, str], scope: str, row: AccommodationGrant | None) -> GrantForm:
    """Return the form filled with what is granted in a scope, for changing it."""
    values: dict[str, Any] = {"scope": scope}
    if row is not None:
        values |= {"factor": row.factor or "", "extra": row.extra, "breaks": row.breaks, "extension": row.extension}
    return GrantForm(exams=exams, data=values)
