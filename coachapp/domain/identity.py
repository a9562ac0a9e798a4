"""Caching by identity: hashing the content of a key or a fact would cost more than what the cache saves."""

from typing import Generic, TypeVar

T = TypeVar("T")


class ByIdentity(Generic[T]):
    """Wraps an immutable value so that a cache holds it, and finds it again, by identity."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        """Hold the value; while a cache does, no other object can take its identity."""
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and other.value is self.value
