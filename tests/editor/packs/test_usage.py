"""Where an entry is used."""

from server.editor.packs.usage import find_using_units, index_uses
from server.editor.units.unit import make_entry_unit
from server.guidance.files.parse import load_pack
from tests.packs import set_string, tiny_pack
from tests.serving import ROOT


def test_an_entry_is_used_by_other_entries_and_by_texts(tmp_path):
    root = tiny_pack(tmp_path)
    set_string(root, "en", "say.leave", "Go, or I call {contact:police}.")
    pack = load_pack(root)

    used = [str(unit) for unit in find_using_units(pack, make_entry_unit("xa", "contact", "police"))]

    assert "xa:visit.toml#danger:entry" in used
    assert "xa:en/strings.toml#say.leave" in used
    assert len(used) == len(set(used))
    assert find_using_units(pack, make_entry_unit("xa", "contact", "nobody")) == ()


def test_every_source_of_the_shipped_region_is_used():
    pack = load_pack(ROOT / "server/packs/cn")
    uses = index_uses(pack)

    assert len([one for one in pack.sources if ("source", one) in uses]) > len(pack.sources) / 2
