"""Passwords: what makes one acceptable, and how it is kept.

A password is hashed in the normal form of coachapp.domain.identity, so that it opens from any keyboard. Hashes made
before that are of the password as it was typed then; they open still and are replaced at the next sign-in.
"""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from coachapp.domain.identity import TextUse, normal_text

MIN_LENGTH = 10
MAX_LENGTH = 200
# One character of the normal form stands for at most this many as typed, or the other way round (Unicode 3.2 to 17).
_WIDEST = 18

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
    if len(password) > MAX_LENGTH * _WIDEST:
        return f"Use at most {MAX_LENGTH} characters."
    if any(unicodedata.category(sign) == "Cs" for sign in password):
        return "Part of this password is no text. Type it anew."
    normal = normal_text(password, TextUse.PASSWORD)
    # An accent typed apart, or one sign that stands for a whole phrase, makes no password longer.
    length = len(unicodedata.normalize("NFC", password))
    if min(length, len(normal)) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters."
    if length > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    folded = normal.casefold()
    address = normal_text(email, TextUse.ADDRESS)
    if address and normal_text(password, TextUse.ADDRESS) in (address, address.rpartition("@")[0]):
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
    return _hasher.hash(normal_text(password, TextUse.PASSWORD))


def same_password(first: str, second: str) -> bool:
    """Say whether two boxes hold the same password, however each was typed."""
    return normal_text(first, TextUse.PASSWORD) == normal_text(second, TextUse.PASSWORD)


def verify_and_renew(password_hash: str | None, password: str) -> tuple[bool, str | None]:
    """Say whether `password` fits, and return the hash to keep instead where the present one is of an older kind.

    Without a hash the same work is done, so that the time tells nothing.
    """
    kept = password_hash or _nobodys_hash()
    for n, form in enumerate(_forms(password[: MAX_LENGTH * _WIDEST])):
        if _fits(kept, form):
            if password_hash is None:
                return False, None
            old = n > 0 or _hasher.check_needs_rehash(password_hash)
            return True, hash_password(password) if old else None
    return False, None


def verify(password_hash: str | None, password: str) -> bool:
    """Say whether `password` fits; without a hash the same work is done, so that the time tells nothing."""
    return verify_and_renew(password_hash, password)[0]


def _forms(password: str) -> list[bytes]:
    """Return what may have been hashed: the normal form; for older hashes, as typed here or on another keyboard."""
    typed = (password, unicodedata.normalize("NFC", password), unicodedata.normalize("NFD", password))
    forms = (normal_text(password, TextUse.PASSWORD), *typed)
    return list(dict.fromkeys(form.encode("utf-8", "surrogatepass") for form in forms))


def _fits(password_hash: str, form: bytes) -> bool:
    try:
        return _hasher.verify(password_hash, form)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
