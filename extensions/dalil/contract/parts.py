"""Parts of a module that several rules share: made once, whichever thread asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class shared(Generic[T]):  # noqa: N801 -- used like ``functools.cached_property``
    """A property that is computed once per object and thread-safe; what it raised is kept too."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__
        self._lock = threading.Lock()

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> shared[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> shared[T] | T:
        if instance is None:
            return self
        store: dict[str, Any] = instance.__dict__
        with self._lock:
            lock = store.setdefault(f"_lock_{self._name}", threading.RLock())
        kept = f"_part_{self._name}"
        with lock:
            if kept not in store:
                try:
                    store[kept] = (self._make(instance), None)
                except Exception as error:
                    store[kept] = (None, error)
            value, failure = store[kept]
        if failure is not None:
            raise failure
        return value  # type: ignore[no-any-return]
