"""The forms about accounts; they check shape, the operations decide."""

from typing import Any

from wtforms import BooleanField, Field, Form, PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from coachapp.web.forms import EmailField, normal_name, strip
from coachapp.web.passwords import MIN_LENGTH, problem_with, same_password
from coachapp.web.zones import zone_choices

NAME_LENGTH = 120


def _name(label: str = "Name") -> StringField:
    return StringField(
        label,
        [DataRequired("Write your name as others should see it."), Length(max=NAME_LENGTH)],
        filters=[normal_name],
        render_kw={"autocomplete": "name"},
    )


def _password(label: str, *, new: bool) -> PasswordField:
    kind = "new-password" if new else "current-password"
    return PasswordField(label, [InputRequired("Type a password.")], render_kw={"autocomplete": kind})


class NewPassword(Form):
    """Two boxes for a new password; `email` is the account's, for the rule that they must differ.

    Every box for a password has the word in its name: coachapp.web.resend keeps no form with such a box.
    """

    password = _password("New password", new=True)
    password_again = PasswordField("New password, once more", [], render_kw={"autocomplete": "new-password"})

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        """Take the posted form and the account's address."""
        super().__init__(*args, **kwargs)
        self._email = email

    def account_email(self) -> str:
        """Return the address of the account the password is for."""
        return self._email

    def validate_password(self, field: Field) -> None:
        """Apply the rules for passwords."""
        if problem := problem_with(field.data or "", self.account_email()):
            raise ValidationError(problem)

    def validate_password_again(self, field: Field) -> None:
        """Both boxes must agree."""
        if not same_password(field.data or "", self.password.data or ""):
            raise ValidationError("The two passwords differ.")


class Register(NewPassword):
    """A new account."""

    name = _name()
    email = EmailField(validators=[DataRequired("Write your email address.")])
    # Said again, so that faults are listed in the order of the page.
    password = _password("Password", new=True)
    password_again = PasswordField("Password, once more", render_kw={"autocomplete": "new-password"})

    def account_email(self) -> str:
        """Return the address as typed."""
        return self.email.data or ""


class SignInForm(Form):
    """Email and password. The address is not checked here: a wrong one simply matches nobody."""

    email = StringField(
        "Email",
        [DataRequired("Write your email address."), Length(max=254)],
        filters=[strip],
        render_kw={"type": "email", "autocomplete": "username", "autocapitalize": "none"},
    )
    password = _password("Password", new=False)
    remember = BooleanField("Keep me signed in on this device")


class CodeForm(Form):
    """The code of the second step."""

    code = StringField(
        "Code",
        [DataRequired("Type the six digits that your app shows."), Length(max=40)],
        filters=[strip],
        render_kw={"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "none", "maxlength": 40},
    )


class ConfirmForm(Form):
    """The password, for what must not be done by whoever finds the browser open."""

    current_password = _password("Current password", new=False)


class ResetForm(Form):
    """Whose password is to be set anew."""

    email = EmailField(validators=[DataRequired("Write your email address.")])


class ChangePassword(NewPassword):
    """The old password and the new one."""

    current_password = _password("Current password", new=False)


class ProfileForm(Form):
    """Name, address and time zone. A new address asks for the password."""

    name = _name()
    email = EmailField(validators=[DataRequired("Write your email address.")])
    time_zone = SelectField("Time zone", choices=zone_choices)
    current_password = PasswordField("Current password", render_kw={"autocomplete": "current-password"})


class DeleteAccount(Form):
    """The password and a yes: there is no way back."""

    current_password = _password("Current password", new=False)
    sure = BooleanField(
        "I know that this cannot be undone", [InputRequired("Tick this box if you want your account deleted.")]
    )


NOT_CURRENT = "This is not your current password. After several wrong ones, wait a little."
PASSWORD_HELP = f"At least {MIN_LENGTH} characters. A few words together work well."
