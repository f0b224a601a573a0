"""Which language a reader gets, and what happens when a catalogue is broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from server.errors import AppError
from server.i18n import CatalogueBroken, find_best_match, list_catalogue_locales, load_catalogue, load_translations

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
TAGS = ["zh-Hans", "en"]


def choose(header, tags):
    return find_best_match(parse_accept_header(header, LanguageAccept), tags)


def write_catalogue(root, locale, body, header=HEADER):
    folder = root / locale / "LC_MESSAGES"
    folder.mkdir(parents=True)
    data = (header + body) if isinstance(body, str) else header.encode() + body
    (folder / "messages.po").write_bytes(data.encode() if isinstance(data, str) else data)
    return root


@pytest.mark.parametrize(
    ("header", "tags", "expected"),
    [
        ("zh-Hans", TAGS, "zh-Hans"),
        ("zh-CN", TAGS, "zh-Hans"),
        ("zh-SG,en;q=0.5", TAGS, "zh-Hans"),
        ("zh", TAGS, "zh-Hans"),
        ("ZH-cn", TAGS, "zh-Hans"),
        ("zh-Hans-TW", TAGS, "zh-Hans"),
        ("zh-TW", TAGS, None),
        ("zh-HK", TAGS, None),
        ("zh-Hant-CN", TAGS, None),
        ("zh-TW,en;q=0.5", TAGS, "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", TAGS, "zh-Hans"),
        ("zh-TW", ["zh", "en"], None),
        ("zh-TW", ["zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh-HK", ["zh-Hant-TW", "zh-Hant-HK"], "zh-Hant-HK"),
        ("zh-MO", ["zh-Hant-TW", "zh-Hant"], "zh-Hant"),
        ("en-GB", TAGS, "en"),
        ("en-GB", ["en-XA", "en"], "en"),
        ("en-XA", ["en", "en-XA"], "en-XA"),
        ("en", ["en-GB"], "en-GB"),
        ("sr-Latn", ["sr"], None),
        ("sr", ["sr-Latn", "sr-Cyrl"], "sr-Cyrl"),
        ("ug-CN", ["ug", "zh-Hans"], "ug"),
        ("en;q=0.3,zh-CN;q=0.9", TAGS, "zh-Hans"),
        ("en;q=0,zh-CN;q=0.1", TAGS, "zh-Hans"),
        ("zh-CN;q=0", TAGS, None),
        ("fr,de;q=0.7", TAGS, None),
        ("tlh", ["tlh-XX", "en"], "tlh-XX"),
        ("*", TAGS, None),
        ("", TAGS, None),
        (None, TAGS, None),
        ("-", TAGS, None),
        (";;,,q=,=;q=x", TAGS, None),
        ("en", [], None),
    ],
)
def test_the_reader_gets_the_wanted_language_in_the_script_they_read(header, tags, expected):
    assert choose(header, tags) == expected


@settings(deadline=None)  # the first call reads files
@given(
    header=st.one_of(
        st.text(), st.lists(st.from_regex(r"[a-zA-Z*-]{0,12}(;q=[0-9.]{0,5})?"), max_size=20).map(",".join)
    ),
    tags=st.lists(st.sampled_from(["zh-Hans", "zh-Hant", "en", "ar-XB", "sr-Latn", "bo"]), unique=True),
)
def test_no_header_stops_a_page(header, tags):
    assert choose(header, tags) in [*tags, None]


@settings(deadline=None)  # the first call reads files
@given(entries=st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False))))
def test_no_parsed_entry_stops_a_page(entries):
    assert find_best_match(LanguageAccept(entries), TAGS) in [*TAGS, None]


@settings(deadline=None)  # the first call reads files
@given(tag=st.text())
def test_an_unknown_tag_gets_a_known_language(tag):
    assert load_translations(tag).gettext("Why?") in ("Why?", "为什么？")


def test_a_header_of_a_quarter_of_a_megabyte_is_answered():
    assert choose("zh-TW," * 40_000 + "en;q=0.1", TAGS) == "en"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-Hans", "有人上门了"),
        ("zh-CN", "有人上门了"),
        ("zh-Hans-CN", "有人上门了"),
        ("zh-Hant", "Somebody is at the door"),
        ("zh-TW", "Somebody is at the door"),
        ("en", "Somebody is at the door"),
        ("en-GB", "Somebody is at the door"),
        ("fr", "Somebody is at the door"),
    ],
)
def test_a_locale_without_a_catalogue_gets_the_source_texts(tag, expected):
    assert load_translations(tag).gettext("Somebody is at the door") == expected


def test_a_text_that_a_catalogue_lacks_or_doubts_is_shown_in_the_source_language(tmp_path):
    root = write_catalogue(tmp_path, "fr", 'msgid "No"\nmsgstr ""\n\n#, fuzzy\nmsgid "Yes"\nmsgstr "Non"\n')

    texts = load_translations("fr", root)

    assert [texts.gettext(text) for text in ("No", "Yes", "Why?")] == ["No", "Yes", "Why?"]


def test_another_folder_of_catalogues_can_be_used(tmp_path):
    """The browser tests lay a pseudo language beside the real ones."""
    root = write_catalogue(tmp_path, "en_XA", 'msgid "Yes"\nmsgstr "⟦Ýéš⟧"\n')
    write_catalogue(tmp_path, "zh_Hans", 'msgid "Yes"\nmsgstr "是"\n')

    assert list_catalogue_locales(root) == ["en", "en-XA", "zh-Hans"]
    assert load_translations("en-XA", root).gettext("Yes") == "⟦Ýéš⟧"
    assert load_translations("en", root).gettext("Yes") == "Yes"
    assert load_translations("zh-CN", root).gettext("Yes") == "是"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ('msgid "Yes"\n\nmsgid "No"\nmsgstr "Non"\n', 5),
        ('msgid "Yes"\nmsgstr "Oui\n', 6),
        ('msgid "Yes"\nmsgstr Oui\n', 6),
        ('msgid "Yes"\nmsgstring "Oui"\n', 6),
        ('msgid "Yes"\nmsgstr[x] "Oui"\n', 6),
        ('msgid "Yes"\nmsgstr "O"ui"\n', 6),
        ('# a note\n"Oui"\n', 6),
        ("<<<<<<< HEAD\n", 5),
        (b'msgid "Yes"\nmsgstr "\xff"\n', 6),
    ],
    ids=["no-msgstr", "no-end", "no-quotes", "keyword", "index", "quote-inside", "astray", "conflict", "not-utf-8"],
)
def test_a_broken_catalogue_is_refused_with_its_line(tmp_path, body, line):
    """Babel by itself warns, or cuts the text; then half of an interface would be published."""
    root = write_catalogue(tmp_path, "fr", body)

    with pytest.raises(CatalogueBroken, match=rf"messages\.po, line {line}: ") as raised:
        load_translations("fr", root)

    assert isinstance(raised.value, AppError)


def test_a_catalogue_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_catalogue(tmp_path / "fr")
