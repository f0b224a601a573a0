"""Hold what was made lately, so that it is not made again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class BoundedCache:
    """The last `size` values that were made, by what they were made of. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[object, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object, make: Callable[[], T]) -> T:
        """Return the value of `key`, made now if it is not there. Two threads may both make it, once each."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: T = self._values[key]
                return found
        value = make()
        self.put(key, value)
        return value

    def peek(self, key: object) -> object | None:
        """Return the value of `key`, or None when it is not there."""
        with self._lock:
            return self._values.get(key)

    def __len__(self) -> int:
        return len(self._values)

    def put(self, key: object, value: object) -> None:
        """Keep the value of `key`, as the newest."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
