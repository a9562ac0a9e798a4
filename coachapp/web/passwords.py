"""Passwords: what makes one acceptable, and how it is kept."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MAX_LENGTH = 200

# 19 MiB, two passes, one lane: the OWASP Password Storage Cheat Sheet's first choice for Argon2id.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Common passwords that are long enough to pass the length rule, without case and digits at the end.
_COMMON = """
    abcdefghij abcdefghijk administrator basketball changeme changemeplease charlotte christopher coachapp codingcoach
    computer dragon elizabeth football footballer iloveyou iloveyousomuch letmein letmeinplease liverpool manchester
    medicalcoder medicalcoding mypassword notmypassword passw0rd password passwordpassword p@ssw0rd p@ssword princess
    qazwsxedc qazwsxedcrfv qwerty qwertyqwerty qwertyuiop qwertyuiopasdfgh secret secretpassword starwars sunshine
    superman thisismypassword trustno trustnoone welcome welcomehome whatever zaqxswcde zxcvbnm zxcvbnmasdf
"""
COMMON = frozenset(_COMMON.split())


def problem_with(password: str, email: str) -> str | None:
    """Return why `password` cannot be taken for the account `email`, None if it can."""
    if len(password) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters."
    if len(password) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    folded = password.casefold()
    if email and folded in (email.casefold(), email.casefold().partition("@")[0]):
        return "Choose something other than your email address."
    bare = folded.rstrip("0123456789!.?*#$")
    if (
        bare in COMMON
        or folded in COMMON
        or len(set(folded)) < 4
        or folded in "01234567890123456789 98765432109876543210"
    ):
        return "This password is among the first that people try. Choose one that is harder to guess."
    return None


def hash_password(password: str) -> str:
    """Return the hash to keep."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Say whether `password` fits; without a hash the same work is done, so that the time tells nothing."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other settings than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
