"""Bring addresses and names to the normal form in which they are compared.

Where two accounts come to the same address, the one that has it already, else the oldest, gets it; the others keep
theirs as it is, which still signs them in. The audit log follows a changed address, for an export finds its entries by
it. Nothing is deleted.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JOINERS = "\u200c\u200d"
BLANK_SIGNS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
MOST_EMAIL, MOST_NAME, STEPS = 254, 120, 8


def upgrade() -> None:
    """Apply this revision."""
    person = sa.table(
        "person", sa.column("id", sa.Integer()), sa.column("email", sa.String()), sa.column("name", sa.String())
    )
    entry = sa.table("audit_entry", sa.column("subject", sa.String()))
    connection = op.get_bind()
    rows = connection.execute(sa.select(person.c.id, person.c.email, person.c.name).order_by(person.c.id)).all()
    taken = {row.email for row in rows}
    for row in rows:
        changes = {}
        email, name = normal_address(row.email), normal_name(row.name)
        if email not in taken and 0 < len(email) <= MOST_EMAIL:
            taken.add(email)
            changes["email"] = email
            connection.execute(entry.update().where(entry.c.subject == row.email).values(subject=email))
        if name != row.name and 0 < len(name) <= MOST_NAME:
            changes["name"] = name
        if changes:
            connection.execute(person.update().where(person.c.id == row.id).values(**changes))


def downgrade() -> None:
    """Take this revision back: nothing to do, for the normal form is one of those that were allowed before."""


def visible(text: str, keep: str = "") -> str:
    """Return the text without signs nobody sees, white space as spaces."""
    spaced = "".join(" " if sign in "\t\n\r\v\f\x85\u2028\u2029" else sign for sign in text)
    return "".join(
        sign
        for sign in spaced
        if sign in keep
        or not (
            unicodedata.category(sign) in ("Cc", "Cf", "Cs")
            or sign in BLANK_SIGNS
            or "\ufe00" <= sign <= "\ufe0f"
            or "\U000e0100" <= sign <= "\U000e01ef"
        )
    )


def normal_name(text: str) -> str:
    """Return a name composed, with single spaces."""
    for _ in range(STEPS):
        seen = visible(unicodedata.normalize("NFC", text), JOINERS)
        normal = unicodedata.normalize("NFC", " ".join(seen.split()).strip(JOINERS))
        if normal == text:
            break
        text = normal
    return text


def folded(text: str) -> str:
    """Return the text compatibility-composed and case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def letters(label: str) -> str:
    """Return a label of a domain in letters."""
    if not label.startswith("xn--") or label == "xn--":
        return label
    try:
        found = label[4:].encode("ascii").decode("punycode")
        found.encode()
    except (UnicodeError, OverflowError):
        return label
    return found


def normal_address(text: str) -> str:
    """Return an address in its normal form."""
    for _ in range(STEPS):
        found = folded(visible(text)).replace("\u3002", ".").strip()
        local, at, domain = found.rpartition("@")
        normal = f"{local}@{folded('.'.join(letters(label) for label in domain.split('.')))}" if at else found
        if normal == text:
            break
        text = normal
    return text
