"""A pack out and in again is the same pack; what is no pack, or means harm, is refused before anything is kept."""

import io
import random
import stat
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.auth.errors import AccessDenied
from server.editor.edits.errors import EditConflict
from server.editor.exchange import zipfiles as portable
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.zipfiles import read_zip
from server.editor.units.unit import Unit
from server.guidance.files.pack_folder import MAX_PACK_BYTES
from server.guidance.files.parse import load_pack
from tests.editor.desks import ANN, BEN, CHECK, CHEN, HEAD, MEI, POLICE, SAY, SAY_ZH, TOPIC, Room
from tests.packs import tiny_pack

FILES = {"xa/pack.toml": b'id = "xa"\n'}


def zipped(files: dict[str, bytes], *, mode: int = 0o100644, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these entries, whatever their names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = compression, mode << 16
            archive.writestr(info, data)
    return target.getvalue()


def unpacked(data: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(folder)
    return folder


def test_an_export_is_the_pack_with_its_edits(room, tmp_path):
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)
    room.desk.edits.save(ANN, TOPIC, room.desk.reader.read_baseline(TOPIC).replace("Wait.", "Wait here."), seen=0)
    room.desk.edits.save(ANN, CHECK, None, seen=0)
    room.desk.edits.save(ANN, POLICE, room.desk.reader.read_baseline(POLICE) | {"number": "999"}, seen=0)
    head = dict(room.desk.reader.read_baseline(HEAD)) | {"version": "2"}
    del head["recording"]
    room.desk.edits.save(ANN, HEAD, head, seen=0)
    broken = Unit("xa", "zh-Hans/topics/second.md")
    room.desk.edits.save(ANN, broken, "no front matter", seen=0)

    folder = unpacked(room.desk.export_zip("xa", with_drafts=True), tmp_path / "out")

    assert load_pack(folder / "xa").model_dump(exclude={"origins"}) == room.desk.load_usable_pack("xa").pack.model_dump(
        exclude={"origins"}
    )
    assert load_pack(folder / "xa").contacts["police"].number == "999"


def test_without_drafts_only_what_was_reviewed_goes_out(room, tmp_path):
    room.reviewed(SAY, "Reviewed.")
    room.desk.edits.save(ANN, SAY, "Draft.", seen=1)

    folder = unpacked(room.desk.export_zip("xa"), tmp_path / "out")

    assert load_pack(folder / "xa").strings["en"]["say.leave"] == "Reviewed."


def test_a_file_without_an_edit_goes_out_as_it_is(room):
    """Comments included."""
    room.desk.edits.save(ANN, SAY, "Please go.", seen=0)

    files = read_zip(room.desk.export_zip("xa", with_drafts=True)).files

    assert files["visit.toml"] == (room.packs / "xa" / "visit.toml").read_bytes()
    assert files["en/strings.toml"] != (room.packs / "xa" / "en" / "strings.toml").read_bytes()


def test_equal_packs_give_equal_zips(room):
    assert room.desk.export_zip("xa") == room.again().export_zip("xa")


WORDS = st.text(alphabet="ab 。\n\"'\\#=[]é", min_size=1, max_size=20).filter(str.strip)


@given(
    say=st.none() | WORDS,
    translated=st.none() | WORDS,
    more=st.none() | WORDS,
    body=st.none() | WORDS,
    number=st.none() | st.from_regex(r"[0-9]{3,5}", fullmatch=True),
    locale=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_what_goes_out_comes_in_as_the_same(tmp_path, say, translated, more, body, number, locale):
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    room, other = Room(folder / "one"), Room(folder / "other")
    extra = Unit("xa", "en/strings.toml", "flow.borrower.stop.more")
    texts = {
        SAY: say,
        SAY_ZH: translated,
        extra: more,
        TOPIC: body and f"{room.desk.reader.read_baseline(TOPIC)}\n{body}\n",
    }
    for unit, content in texts.items():
        if content is not None:
            room.desk.edits.save(ANN, unit, content, seen=0)
    if number:
        room.desk.edits.save(ANN, POLICE, room.desk.reader.read_baseline(POLICE) | {"number": number}, seen=0)
    if locale:
        room.desk.add_locale(ANN, "xa", "fr", name="Français", fallback="en")
    sent = room.desk.export_zip("xa", with_drafts=True)
    if room.desk.check_region("xa").errors:
        with pytest.raises(ImportRefused):
            other.desk.import_zip(ANN, sent)
        return

    other.desk.import_zip(ANN, sent)

    mine, theirs = (one.desk.load_usable_pack("xa").pack.model_dump(exclude={"origins"}) for one in (room, other))
    assert theirs == mine
    assert other.desk.import_zip(ANN, sent).changed == ()


def test_an_import_is_drafts_and_nothing_is_published(started):
    before = started.data.channel.read()
    started.desk.edits.save(BEN, SAY, "Ben's own.", seen=0)
    files = {f"xa/{name}": data for name, data in read_zip(started.desk.export_zip("xa")).files.items()}
    files["xa/en/topics/second.md"] = files["xa/en/topics/second.md"].replace(b"Wait.\n", b"Wait for help.\n")

    result = started.desk.import_zip(ANN, zipped(files))

    assert set(result.changed) == {SAY, TOPIC}  # the import says what is shipped where Ben had his own words
    assert started.desk.edits.get_draft(SAY).follows
    assert [one.content for one in started.desk.edits.list_revisions(SAY)][1] == "Ben's own."
    assert started.desk.edits.list_revisions(TOPIC)[0].why == "import"
    assert started.data.channel.read() == before
    assert started.desk.publishing.make_plan().is_empty
    assert started.store.entries("audit")[-1].body["what"] == "pack.imported"


def test_what_an_import_lacks_is_removed(room):
    files = {f"xa/{name}": data for name, data in read_zip(room.desk.export_zip("xa")).files.items()}
    files["xa/topics.toml"] = (
        files["xa/topics.toml"].partition(b'\n[[topic]]\nid = "second"')[0].replace(b'"second"', b"")
    )
    for tag in ("en", "zh-Hans"):
        del files[f"xa/{tag}/topics/second.md"]
        made = f"xa/{tag}/topics/first-minute.md"
        files[made] = files[made].replace(b"[the next part](topic:second) or ", b"")

    room.desk.import_zip(ANN, zipped(files))

    assert list(room.desk.load_usable_pack("xa").pack.topics) == ["first-minute"]
    assert room.desk.edits.get_draft(Unit("xa", "topics.toml", "topic:second")).content is None
    assert room.desk.edits.find_draft(TOPIC) is None  # its text is left out with it, and comes back with it


def new_region(folder: Path) -> dict[str, bytes]:
    """The files of a region that the desk does not have."""
    elsewhere = tiny_pack(folder)
    files = {
        f"xb/{path.relative_to(elsewhere)}": path.read_bytes()
        for path in sorted(elsewhere.rglob("*"))
        if path.is_file()
    }
    files["xb/pack.toml"] = files["xb/pack.toml"].replace(b'"xa"', b'"xb"').replace(b'"XA"', b'"XB"')
    return files


def test_a_new_region_that_somebody_was_faster_with_does_not_come_in_by_half(room, tmp_path, monkeypatch):
    """Nothing was changed, says the page of the conflict."""
    title = Unit("xb", "en/strings.toml", "region.name")
    room.interrupt(monkeypatch, title, "Somebody else's region")

    with pytest.raises(EditConflict):
        room.desk.import_zip(ANN, zipped(new_region(tmp_path / "elsewhere")))

    assert room.desk.list_regions() == ["xa"]
    assert [str(draft.unit) for draft in room.desk.list_drafts()] == [str(title)], "nothing of the file is kept"


def test_a_new_region_comes_in_as_edits(room, tmp_path):
    files = new_region(tmp_path / "elsewhere")

    result = room.desk.import_zip(ANN, zipped(files))

    assert result.region == "xb"
    assert room.desk.list_regions() == ["xa", "xb"]
    assert room.desk.check_region("xb").errors == ()
    assert room.desk.measure_progress("xb")[1].stale == 0


def test_a_sub_region_goes_out_and_comes_in_with_what_it_says_itself(room, tmp_path):
    room.desk.add_subregion(ANN, "xa", "xa-b", {"en": "The north", "zh-Hans": "北方"})
    room.desk.edits.save(ANN, CHECK.in_region("xa-b"), None, seen=0)
    number = POLICE.in_region("xa-b")
    room.desk.edits.save(ANN, number, room.desk.reader.read_baseline(number) | {"number": "999"}, seen=0)
    sent = room.desk.export_zip("xa-b", with_drafts=True)
    other = Room(tmp_path / "other")

    other.desk.import_zip(ANN, sent)

    assert set(read_zip(sent).files) == {
        *("pack.toml", "contacts.toml", "visit.toml"),
        *("en/strings.toml", "zh-Hans/strings.toml", "zh-Hans/made_from.toml"),
    }
    pack = other.desk.load_usable_pack("xa-b").pack
    assert pack.model_dump(exclude={"origins"}) == room.desk.load_usable_pack("xa-b").pack.model_dump(
        exclude={"origins"}
    )
    assert other.desk.import_zip(ANN, sent).changed == ()
    folder = unpacked(sent, tmp_path / "folder")
    tiny_pack(folder)
    assert load_pack(folder / "xa-b").contacts["police"].number == "999"


@pytest.mark.parametrize("who", [CHEN, MEI])
def test_only_those_import_who_may(room, who):
    with pytest.raises(AccessDenied):
        room.desk.import_zip(who, room.desk.export_zip("xa"))


def test_an_import_that_the_checker_refuses_changes_nothing(room):
    files = {f"xa/{name}": data for name, data in read_zip(room.desk.export_zip("xa")).files.items()}
    files["xa/en/strings.toml"] = files["xa/en/strings.toml"].replace(b"say leave", b"This visitor is genuine")
    blobs = len(room.store.blobs)

    with pytest.raises(ImportRefused, match=r"xa/en/strings\.toml"):
        room.desk.import_zip(ANN, zipped(files))

    assert (room.desk.list_drafts(), len(room.store.blobs)) == ([], blobs)


@pytest.mark.parametrize(
    "name",
    [
        "../xa/pack.toml",
        "xa/../pack.toml",
        "xa/../../etc/passwd",
        "/xa/pack.toml",
        "xa//pack.toml",
        "xa/./pack.toml",
        "xa\\pack.toml",
        "C:\\xa\\pack.toml",
        "xa/en/topics/..\\..\\x.md",
        "xa/en/topics/a\nb.md",
        "xa/en/topics/\u202ea.md",
        "xa/run.sh",
        "xa/en/topics/a/b.md",
        "xa/en/topics/A.md",
        "xb/pack.toml",
        "pack.toml",
        "XA/pack.toml",
        "a/b/xa/visit.toml",
        "run.sh",
    ],
)
def test_a_name_that_no_pack_has_is_refused(name, tmp_path):
    with pytest.raises(ImportRefused):
        read_zip(zipped(FILES | {name: b"x = 1\n"}))


def test_a_name_that_is_cut_short_when_shown_is_refused():
    data = zipped(FILES | {"xa/visit.tomlX.png": b"x"}).replace(b"xa/visit.tomlX.png", b"xa/visit.toml\0.png")

    with pytest.raises(ImportRefused, match="not a file name that a region can have"):
        read_zip(data)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_device_is_refused(kind):
    with pytest.raises(ImportRefused, match="a link or device"):
        read_zip(zipped({"xa/pack.toml": b"/etc/passwd"}, mode=kind | 0o777))


def test_a_bomb_is_refused_before_it_is_unpacked():
    """Twenty zeros of a mebibyte in a few kilobytes, forty times."""
    bomb = {f"xa/en/topics/t{number}.md": b"\0" * (1 << 20) for number in range((MAX_PACK_BYTES >> 20) + 1)}
    data = zipped(FILES | bomb)
    assert len(data) < 100_000

    with pytest.raises(ImportRefused, match="too large when unpacked"):
        read_zip(data)


def test_one_file_that_is_too_large_is_refused():
    with pytest.raises(ImportRefused, match="too large when unpacked"):
        read_zip(zipped({"xa/pack.toml": b" " * ((1 << 20) + 1)}))


def test_a_zip_that_lies_about_a_size_is_refused():
    """The directory says 10 bytes, the data unpacks to a mebibyte."""
    data = bytearray(zipped({"xa/pack.toml": b"x" * (1 << 20)}))
    size = (1 << 20).to_bytes(4, "little")
    while (place := bytes(data).find(size)) >= 0:
        data[place : place + 4] = (10).to_bytes(4, "little")

    with pytest.raises(ImportRefused):
        read_zip(bytes(data))


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(portable, "MAX_ENTRIES", 3)

    with pytest.raises(ImportRefused, match="more than 3 files"):
        read_zip(zipped({f"xa/en/topics/t{number}.md": b"x" for number in range(4)}))


def test_a_large_file_is_refused_unread(monkeypatch):
    monkeypatch.setattr(portable, "MAX_ZIP_BYTES", 10)

    with pytest.raises(ImportRefused, match="larger than"):
        read_zip(zipped(FILES))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"not a zip",
        zipped({}),
        zipped({"xa/README.md": b"x", "xb/README.md": b"x"}),
        zipped(FILES, compression=zipfile.ZIP_LZMA),
        zipped(FILES)[:-30],
    ],
    ids=["empty", "cut", "text", "nothing", "two-folders", "lzma", "no-end"],
)
def test_what_is_no_pack_is_refused(data):
    with pytest.raises(ImportRefused):
        read_zip(data)


def test_an_encrypted_zip_is_refused():
    data = bytearray(zipped(FILES))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + offset] |= 1

    with pytest.raises(ImportRefused, match="encrypted"):
        read_zip(bytes(data))


def test_a_file_twice_in_a_zip_is_refused():
    data = zipped(FILES | {"xa/pack.tomX": b"2"}).replace(b"xa/pack.tomX", b"xa/pack.toml")

    with pytest.raises(ImportRefused, match="twice"):
        read_zip(data)


def test_a_damaged_zip_is_refused_and_never_an_accident(room):
    """Any bytes of a good zip changed: it is read, or refused with a message."""
    good = room.desk.export_zip("xa")
    source = random.Random(5)
    refused = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(source.randint(1, 4)):
            data[source.randrange(len(data))] = source.randrange(256)
        try:
            read_zip(bytes(data))
        except ImportRefused:
            refused += 1

    assert refused > 100
