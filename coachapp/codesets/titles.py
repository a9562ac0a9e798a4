"""The titles of a code, and whether two releases say the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Titles:
    """A code's title and short descriptor as one release has them; None where it has none."""

    title: str | None
    short: str | None = None

    def differ(self, other: "Titles") -> bool:
        """Say whether two releases name a code differently.

        Where only one has a long description, its short descriptor is compared with the other's only title. Where one
        has no title at all, nothing is known to differ.
        """
        if self.title is None or other.title is None:
            return False
        if bool(self.short) == bool(other.short):
            return self.title != other.title
        return (self.short or self.title) != (other.short or other.title)
