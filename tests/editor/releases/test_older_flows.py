"""An edit of a whole page that was saved before pages had roles still reaches phones, with what the page is for."""

import json

from server.editor.forms.unit_fields import build_content, list_unit_specs, make_form_values
from server.editor.releases.publishing import publish_shipped_packs
from server.editor.units.unit import Unit
from server.guidance.model.visit import ROLES
from tests.editor.releases.test_publishing import page, publish_all, restart

ENTRANCE = Unit("xa", "visit.toml", "flow:borrower")
FAMILY = Unit("xa", "visit.toml", "flow:family")
AFTERMATH = Unit("xa", "visit.toml", "flow:after")
LEFT = 'data-action="left" href="../after/"'  # from another page of the visit


def save_as_before(room, unit: Unit) -> None:
    """Review an edit of the unit as the program saved it that did not know the two fields."""
    content = room.desk.edits.get_draft(unit).content
    older = {name: value for name, value in content.items() if name not in ("role", "quiet")}
    room.reviewed(unit, older | {"large": True, "dangers": ["entry"]})


def test_edits_without_roles_are_published_with_them(started):
    for unit in (ENTRANCE, FAMILY, AFTERMATH):
        save_as_before(started, unit)

    publish_all(started)

    assert LEFT in page(started, "xa/en/now/family/")
    assert 'data-action="left"' not in page(started, "xa/en/now/after/")
    assert "why/" not in page(started, "xa/en/now/family/")
    assert 'href="why/"' in page(started, "xa/en/now/")


def test_published_edits_without_roles_survive_the_next_start(started):
    for unit in (ENTRANCE, FAMILY, AFTERMATH):
        save_as_before(started, unit)
    release = publish_all(started)

    assert restart(started) == release
    assert publish_shipped_packs(started.store, started.data, started.sources).release == release


def test_the_desk_can_move_a_role_to_another_page(started):
    after, family = (started.desk.edits.get_draft(unit).content for unit in (AFTERMATH, FAMILY))
    started.reviewed(AFTERMATH, {name: value for name, value in after.items() if name != "role"})
    started.reviewed(FAMILY, family | {"role": "aftermath"})

    publish_all(started)

    assert LEFT.replace("/after/", "/family/") in page(started, "xa/en/now/after/")
    shortcuts = json.loads(page(started, "xa/en/manifest.webmanifest"))["shortcuts"]
    assert [one["url"] for one in shortcuts] == ["now/", "now/after/"]


def test_the_form_of_an_older_page_offers_the_fields_and_changes_nothing_by_itself():
    older = {"id": "family", "path": "family"}
    specs = list_unit_specs(FAMILY, older, None)
    values = make_form_values(older, specs)

    assert next(spec.choices for spec in specs if spec.name == "role") == ROLES
    assert (values["role"], values["quiet"]) == ("", True)
    assert build_content(FAMILY, values, specs, older) == older
    assert build_content(FAMILY, values | {"quiet": False}, specs, older) == older | {"quiet": False}
