"""The administrator's forms."""

from wtforms import Form, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from coachapp.domain.permissions import Role
from coachapp.web.forms import EmailField, normal_name

ROLE_CHOICES = [SelectChoice(role.value, role.value.capitalize()) for role in Role]


class AddPerson(Form):
    """A new account; its owner sets the password by a link."""

    name = StringField("Name", [DataRequired("Write the person’s name."), Length(max=120)], filters=[normal_name])
    email = EmailField(validators=[DataRequired("Write the person’s email address.")])
    role = SelectField("Role", choices=ROLE_CHOICES)


class RoleForm(Form):
    """Another role for somebody."""

    role = SelectField("Role", choices=ROLE_CHOICES)
