"""Attributes that are made when they are first needed, without a lock."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Lazily(Generic[Value]):
    """Make an attribute of an instance from a method, at its first use.

    `functools.cached_property` does so holding a lock, one for all instances, before Python 3.12: a child that another thread forks
    meanwhile waits for it for ever. Here two threads may both make the attribute, alike, and one of the two stays.
    """

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self.make = make
        self.__doc__ = make.__doc__

    def __get__(self, owner: Any, _: Any = None) -> Value:
        found: Value = vars(owner).setdefault(self.make.__name__, self.make(owner))
        return found
