"""The forms about classes; they check shape, the operations decide."""

from wtforms import Form, StringField
from wtforms.validators import DataRequired, Length

from coachapp.web.forms import strip

NAME_LENGTH = 120


class JoinForm(Form):
    """The code of a class."""

    code = StringField(
        "Class code",
        [DataRequired("Type the code your instructor gave you."), Length(max=40)],
        filters=[strip],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )


class ClassForm(Form):
    """The name of a new class."""

    name = StringField(
        "Name of the class",
        [DataRequired("Give the class a name."), Length(max=NAME_LENGTH)],
        filters=[strip],
        render_kw={"autocomplete": "off"},
    )
