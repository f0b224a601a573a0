"""The made-up languages keep what a page needs and change everything that a person reads."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

from server.guidance.checks.check_pack import check_pack
from server.guidance.files.parse import load_pack
from server.guidance.texts.text import hash_source_text
from server.i18n import load_translations
from tests.packs import tiny_pack
from tests.pseudo import kept_parts, pseudo_text, pseudo_topic, write_pseudo_catalogue, write_pseudo_pack

ROOT = Path(__file__).resolve().parents[1]
PACK = ROOT / "server/packs/cn"
LANGUAGES = [("en-XA", "ltr"), ("ar-XB", "rtl")]


@pytest.fixture(scope="module", params=LANGUAGES, ids=[tag for tag, _ in LANGUAGES])
def made_up(request, tmp_path_factory):
    """The region's pack with one made-up locale, and its tag."""
    tag, direction = request.param
    folder = tmp_path_factory.mktemp("pack") / PACK.name
    return write_pseudo_pack(PACK, folder, tag, direction), tag


@pytest.mark.parametrize("tag", ["en_XA", "en-XA", "ar_XB"])
def test_a_made_up_text_keeps_its_placeholders_and_nothing_else(tag):
    text = pseudo_text("Checked on %(day)s. To be checked again by %(next)s.", tag)

    assert text.startswith("⟦")
    assert text.endswith("⟧")
    assert re.sub(r"%\((day|next)\)s", "", text).isascii() is False
    assert not re.search("[a-zA-Z]", re.sub(r"%\((day|next)\)s", "", text))
    assert text % {"day": "1", "next": "2"}


def test_a_made_up_text_is_about_forty_per_cent_longer():
    source = "Not everything could be saved on this phone."

    assert 1.35 < len(pseudo_text(source, "en-XA").strip("⟦⟧")) / len(source) < 1.6


@pytest.mark.parametrize(("tag", "classes"), [("en-XA", {"L"}), ("ar-XB", {"AL"})])
def test_a_made_up_text_runs_in_its_direction(tag, classes):
    letters = {
        unicodedata.bidirectional(letter) for letter in pseudo_text("Zoë, why?", tag) if letter.isascii() is False
    }

    assert classes <= letters <= classes | {"L", "ON"}


def test_two_different_texts_stay_different():
    texts = ["Yes", "No", "yes", "Not sure", "They have gone"]

    assert len({pseudo_text(text, "en-XA") for text in texts}) == len(texts)


@pytest.mark.parametrize(("tag", "dir"), LANGUAGES)
def test_the_made_up_catalogue_serves_as_root(tmp_path, tag, dir):
    root = write_pseudo_catalogue(ROOT / "translations", tmp_path / "translations", tag.replace("-", "_"))

    texts = load_translations(tag, root)

    assert texts.gettext("Somebody is at the door") == pseudo_text("Somebody is at the door", tag)
    assert texts.gettext("How sure we are: %(level)s") % {"level": "x"}
    assert load_translations("zh-Hans", root).gettext("Why?") == "为什么？"
    assert load_translations("en", root).gettext("Why?") == "Why?"


def test_a_topic_keeps_its_marks_its_links_and_its_citations():
    source = (
        '+++\ntitle = "Who is it?"\ndo = ["Ring {contact:police}"]\n+++\n'
        "## Stop\n\n- Keep the [door](topic:door) shut. {src:L1,S2}\n\n{say:who}\n\n1. **Wait**\n"
    )

    text = pseudo_topic(source, "en-XA")

    front, body = text.split("+++\n")[1:]
    assert list(tomllib.loads(front)) == ["title", "do"]
    assert "{contact:police}" in tomllib.loads(front)["do"][0]
    assert re.fullmatch(
        r"## ⟦Šţöþ.*⟧\n\n- ⟦Ķééþ ţĥé \[đööŕ\]\(topic:door\) šĥúţ\. \{src:L1,S2\}.*⟧\n\n\{say:who\}\n\n1\. ⟦\*\*Ŵáíţ\*\*.*⟧\n",
        body,
    )


def test_the_made_up_pack_has_no_errors_of_its_own(made_up):
    folder, tag = made_up

    pack = load_pack(folder)

    assert pack.locales[tag].dir == ("rtl" if tag == "ar-XB" else "ltr")
    assert [str(error) for error in check_pack(pack).errors] == [
        str(error) for error in check_pack(load_pack(PACK)).errors
    ]
    assert [
        str(warning) for warning in check_pack(pack).warnings if "stale" in str(warning) and tag in str(warning)
    ] == []


def test_every_text_of_the_made_up_pack_is_made_up(made_up):
    folder, tag = made_up
    pack = load_pack(folder)

    plain = [key for key, text in pack.strings[tag].items() if not (text.startswith("⟦") and text.endswith("⟧"))]

    assert plain == []
    assert pack.strings[tag].keys() == pack.strings["en"].keys()
    assert pack.topic_texts[tag].keys() == pack.topic_texts["en"].keys()
    for key, text in pack.strings[tag].items():
        assert kept_parts(text) == kept_parts(pack.strings["en"][key]), key
    for key, topic in pack.topic_texts[tag].items():
        assert kept_parts(topic.raw) == kept_parts(pack.topic_texts["en"][key].raw), key
        assert not re.search(r"(?m)^[^⟦\n]*[a-z][^⟦\n]*$", re.sub(r"\{[^}]*\}", "", topic.body)), key


def test_every_made_up_text_is_noted_as_made_from_the_source_text(made_up):
    folder, tag = made_up
    pack = load_pack(folder)

    noted = pack.made_from[tag]

    assert noted["danger.entry.label"] == hash_source_text(pack.strings[pack.source_locale]["danger.entry.label"])
    assert noted["topics/first-minute"] == hash_source_text(pack.topic_texts[pack.source_locale]["first-minute"].raw)


def test_the_source_pack_is_left_as_it_was(tmp_path):
    source = tiny_pack(tmp_path / "source")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}

    write_pseudo_pack(source, tmp_path / source.name, "en-XA", "ltr")

    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before
    assert check_pack(load_pack(tmp_path / source.name)).errors == ()
