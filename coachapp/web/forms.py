"""What all forms share: plain WTForms, with text boxes that come back stripped."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import request
from wtforms import Field, Form, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from coachapp.domain.identity import TextUse, normal_text

MOST_REASON = 500
MOST_EMAIL = 254


def strip(value: str | None) -> str | None:
    """Return the text without white space at its ends."""
    return value.strip() if isinstance(value, str) else value


def normal_email(value: str) -> str:
    """Return an address as it is stored, in its normal form; raise ValueError with words for its owner."""
    try:
        found = validate_email(normal_text(value, TextUse.ADDRESS), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    normal = normal_text(found.normalized, TextUse.ADDRESS)
    if len(normal) > MOST_EMAIL:
        raise ValueError(f"The email address is too long: {MOST_EMAIL} characters at most.")
    return normal


def normal_name(value: str | None) -> str | None:
    """Return the name of a person as it is stored: composed, without signs nobody sees, with single spaces."""
    return normal_text(value, TextUse.NAME) if isinstance(value, str) else value


class EmailField(StringField):
    """An e-mail address, normalised once it is valid."""

    def __init__(self, label: str = "Email", validators: Any = (), **options: Any) -> None:
        """Take what StringField takes; the box tells browsers and phones what belongs in it."""
        options.setdefault("render_kw", {"type": "email", "autocomplete": "email", "autocapitalize": "none"})
        super().__init__(label, [*validators, self._check], **options)

    @staticmethod
    def _check(form: Form, field: Field) -> None:
        try:
            field.data = normal_email(field.data or "")
        except ValueError as error:
            raise ValidationError(str(error)) from None


class ReasonForm(Form):
    """Why something is done; it is kept."""

    reason = TextAreaField(
        "Reason",
        [
            DataRequired("Write why; whoever looks at this later will want to know."),
            Length(max=MOST_REASON, message=f"Keep it to {MOST_REASON} characters."),
        ],
        filters=[strip],
        render_kw={"rows": 3, "maxlength": MOST_REASON},
    )


def posted(form: type[Form], **options: Any) -> Form:
    """Return `form` filled with what the request posted."""
    return form(request.form, **options)
