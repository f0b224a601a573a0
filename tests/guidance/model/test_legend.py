"""The comments of the shipped visit.toml explain every field that takes one of a few words, with all of these words."""

import re
from typing import Literal, get_args, get_origin

import pytest

from server.guidance.files.layers import ARRAYS
from server.guidance.files.parse import KINDS
from server.guidance.model.pack import Source
from server.resources import PACKAGE

LEGEND = "\n".join(
    line for line in (PACKAGE / "packs/cn/visit.toml").read_text(encoding="utf-8").splitlines() if line.startswith("#")
)


def words_of(annotation: object) -> set[str]:
    """Return the words that a field takes, also where each of several may be one."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return set().union(*(words_of(one) for one in get_args(annotation)))


FIELDS = {
    f"{kind}.{name}": (field.alias or name, words_of(field.annotation))
    for kind, model in [*((kind, KINDS[kind][0]) for kind in ARRAYS["visit.toml"]), ("source", Source)]
    for name, field in model.model_fields.items()
    if words_of(field.annotation) and (kind, name) != ("source", "type")
}


@pytest.mark.parametrize("field", FIELDS)
def test_each_choice_is_explained(field: str) -> None:
    name, words = FIELDS[field]

    assert f"`{name}`" in LEGEND
    assert {word for word in words if not re.search(rf'"{word}"', LEGEND)} == set()
