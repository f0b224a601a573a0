"""The permissions of each role. All other code asks `Person.may`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """One kind of action that a person may or may not do at the desk."""

    READ = "read"
    EDIT = "edit"  # any text, contact, check, hour, source
    TRANSLATE = "translate"  # texts of the person's own locales
    REVIEW = "review"
    PUBLISH = "publish"  # publish, go back, recall
    PEOPLE = "people"
    IMPORT = "import"


_READER = frozenset({Permission.READ})
_TRANSLATOR = _READER | {Permission.TRANSLATE}
_EDITOR = _TRANSLATOR | {Permission.EDIT, Permission.REVIEW}
_PUBLISHER = _EDITOR | {Permission.PUBLISH, Permission.IMPORT}
_OWNER = _PUBLISHER | {Permission.PEOPLE}

# From the most powerful role to the least.
ROLES: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {"owner": _OWNER, "publisher": _PUBLISHER, "editor": _EDITOR, "translator": _TRANSLATOR, "reader": _READER}
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in. `locales` limits those who translate and do not edit."""

    id: str
    name: str
    role: str
    locales: tuple[str, ...] = ()

    def may(self, permission: Permission, locale: str | None = None) -> bool:
        """Return whether this person may do that; with TRANSLATE, in that locale, or without one in any at all."""
        granted = ROLES.get(self.role, frozenset())
        if permission not in granted:
            return False
        if permission is not Permission.TRANSLATE or Permission.EDIT in granted:
            return True
        return locale in self.locales if locale is not None else bool(self.locales)
