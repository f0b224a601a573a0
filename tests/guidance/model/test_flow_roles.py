"""Which page is the entrance, which is the one for afterwards, and which ones do not speak of a debt: data of the pack."""

from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from tests.packs import append, check_errors, confirm, edit, tiny_pack, write_strings

AFTERMATH = '\n[[flow]]\nid = "after"\npath = "after"\nrole = "aftermath"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tiny_pack(tmp_path)


def test_a_pack_without_a_page_for_afterwards_is_refused(root: Path) -> None:
    """Every page of the visit leads there."""
    edit(root, "visit.toml", AFTERMATH, "\n")

    assert check_errors(root)[:1] == ["xa/visit.toml: role-missing (role=aftermath)"]


def test_a_pack_without_an_entrance_is_refused(root: Path) -> None:
    """Home leads to `now/`, and phones refuse a copy without it."""
    edit(root, "visit.toml", 'path = ""\nrole = "entrance"\n', 'path = "door"\n')

    assert check_errors(root) == ["xa/visit.toml: role-missing (role=entrance)"]


def test_the_entrance_is_at_its_fixed_address(root: Path) -> None:
    edit(root, "visit.toml", 'path = ""\n', 'path = "door"\n')

    assert check_errors(root) == ["xa/visit.toml: flow › borrower › path: entrance-has-path"]


def test_no_two_pages_have_one_role(root: Path) -> None:
    append(root, "visit.toml", AFTERMATH.replace('"after"', '"later"'))
    write_strings(root)
    confirm(root)

    assert check_errors(root) == ["xa/visit.toml: flow › later › role: role-taken (flow=after)"]


def test_the_page_for_afterwards_may_be_anywhere(root: Path) -> None:
    edit(root, "visit.toml", 'path = "after"\n', 'path = "they-left"\n')
    pack = load_pack(root)

    assert check_pack(pack).errors == ()
    assert pack.get_flow_with_role("aftermath") is pack.flows["after"]
    assert pack.get_flow_with_role("entrance") is pack.flows["borrower"]


def test_a_sub_region_is_checked_as_it_is_after_merging(tmp_path: Path) -> None:
    tiny_pack(tmp_path)
    child = tmp_path / "xa-b"
    child.mkdir()
    (child / "pack.toml").write_text('id = "xa-b"\niso = "XA-B"\nparent = "xa"\n')
    assert check_errors(child) == []

    (child / "visit.toml").write_text('[[flow]]\nid = "after"\nremove = true\n')

    assert check_errors(child) == ["xa-b/visit.toml: role-missing (role=aftermath)"]


def test_a_page_for_others_is_quiet_unless_the_pack_says_otherwise(root: Path) -> None:
    """A page for somebody who may not know of the debt must not need a second thought."""
    append(root, "visit.toml", '\n[[flow]]\nid = "spouse"\npath = "spouse"\n')
    append(root, "visit.toml", '\n[[flow]]\nid = "away"\npath = "away"\nquiet = false\n')
    write_strings(root)
    confirm(root)

    quiet = {flow.id for flow in load_pack(root).flows.values() if flow.is_quiet}

    assert quiet == {"family", "spouse"}


def test_a_pack_from_before_roles_has_the_roles_of_its_addresses(root: Path) -> None:
    edit(root, "visit.toml", 'role = "entrance"\n', "")
    edit(root, "visit.toml", 'role = "aftermath"\n', "")
    pack = load_pack(root)

    assert check_pack(pack).errors == ()
    assert [flow.role for flow in pack.flows.values()] == ["entrance", None, "aftermath"]


def test_an_old_address_gives_no_role_that_another_page_has(root: Path) -> None:
    edit(root, "visit.toml", 'role = "aftermath"\n', "")
    edit(root, "visit.toml", 'path = "family"\n', 'path = "family"\nrole = "aftermath"\n')

    assert [flow.role for flow in load_pack(root).flows.values()] == ["entrance", "aftermath", None]
