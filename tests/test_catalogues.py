"""Every text of the interface is in every catalogue, translated, and no text escapes the catalogues."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from server.guidance.checks.claims import find_forbidden_claims
from server.i18n import SOURCE, list_catalogue_locales

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "translations"
TEMPLATES = ROOT / "server/templates"
CATALOGUES = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
# Rooms whose strings reach the public as HTML.
VIEW_MODULES = sorted(path for room in ("publish", "pages", "pwa") for path in (ROOT / "server" / room).rglob("*.py"))
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-zA-Z%]")
SHOWN_ATTRIBUTES = {"alt", "aria-description", "aria-label", "aria-roledescription", "aria-valuetext"}
SHOWN_ATTRIBUTES |= {"label", "placeholder", "title"}
# Blocks of base.html that stand inside an attribute nobody reads.
ATTRIBUTE_BLOCKS = {("block", "body_class")}


# ---- what the code asks for ----


def is_searched(folder: str) -> bool:
    """Babel's own filter leaves out folders that begin with an underscore, and `_macros` is one."""
    return not Path(folder).name.startswith(".") and Path(folder).name not in ("node_modules", "__pycache__")


def extracted() -> dict[str, str]:
    """Return every msgid of the code with the places that use it."""
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str, list[str]] = {}
    for path, line, message, _, context in extract_from_dir(
        ROOT, methods, options, keywords=KEYWORDS, directory_filter=is_searched
    ):
        assert isinstance(message, str), f"{path}:{line}: these checks know no plurals yet; teach them: {message}"
        assert context is None, f"{path}:{line}: these checks know no contexts yet; teach them: {message}"
        found.setdefault(message, []).append(f"{path}:{line}")
    return {message: ", ".join(places) for message, places in found.items()}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.parent.parent.name)
def catalogue(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def wanted() -> dict[str, str]:
    return extracted()


# ---- catalogues ----


def test_there_are_catalogues():
    assert CATALOGUES


def test_extraction_finds_templates_macros_and_python(wanted: "dict[str, str]"):
    """Each of these came from another kind of place; an extractor that misses one finds nothing wrong."""
    for message in ("Why?", "Somebody is at the door", "They have gone", "Where are you?", "Law"):
        assert message in wanted


def test_every_text_of_the_interface_is_in_the_catalogue(catalogue, wanted: "dict[str, str]"):
    known = {message.id for message in messages(catalogue)}

    missing = [f'# {places}\nmsgid {quoted(text)}\nmsgstr ""\n' for text, places in wanted.items() if text not in known]

    assert not missing, f"{name(catalogue)}: add and translate:\n\n" + "\n".join(missing)


def test_every_text_of_the_catalogue_is_still_used(catalogue, wanted: "dict[str, str]"):
    held = [message.id for message in messages(catalogue)]
    obsolete = [*(text for text in held if text not in wanted), *(str(key) for key in read(catalogue).obsolete)]

    assert not obsolete, f"{name(catalogue)}: nothing asks for these any more; remove them:\n" + "\n".join(obsolete)


def test_every_text_is_translated_and_nobody_left_a_doubt(catalogue):
    undone = [message.id for message in messages(catalogue) if not str(message.string).strip() or message.fuzzy]

    assert not undone, f"{name(catalogue)}: empty or fuzzy:\n" + "\n".join(undone)


def test_every_translation_has_the_placeholders_of_its_source(catalogue):
    wrong = [
        f"{message.id!r} → {message.string!r}"
        for message in messages(catalogue)
        if placeholders(message.id) != placeholders(str(message.string))
    ]

    assert not wrong, f"{name(catalogue)}: other placeholders than in the source:\n" + "\n".join(wrong)


@pytest.mark.parametrize("field", ["id", "string"])
def test_no_text_has_a_percent_sign_that_is_no_placeholder(catalogue, field):
    """Jinja's newstyle gettext formats every text: a bare % would stop the build."""
    texts = [str(getattr(message, field)) for message in messages(catalogue)]

    assert [text for text in texts if "%" in PLACEHOLDER.sub("", text)] == [], name(catalogue)


def test_no_translation_holds_markup(catalogue):
    assert [message.id for message in messages(catalogue) if re.search(r"[<>]|&\w+;", str(message.string))] == []


def test_no_text_claims_that_a_visitor_is_genuine(catalogue):
    """A check can fail; it can never prove."""
    tag = catalogue.parent.parent.name.replace("_", "-")

    claims = [
        f"{text}: {reason}"
        for message in messages(catalogue)
        for language, text in ((SOURCE, message.id), (tag, str(message.string)))
        for _, reason in find_forbidden_claims(text, language)
    ]

    assert claims == [], name(catalogue)


def test_the_catalogue_holds_each_text_once(catalogue):
    lines = re.findall(r'(?m)^msgid ((?:".*"\n?)+)', catalogue.read_text(encoding="utf-8"))
    twice = [text for text, count in Counter(lines).items() if count > 1]

    assert twice == [], name(catalogue)


def test_the_header_names_the_language_and_nothing_that_changes(catalogue):
    """A date or a tool's version would change the file without changing a text; a path would name somebody's machine."""
    header = dict(read(catalogue).mime_headers)
    text = catalogue.read_text(encoding="utf-8")

    assert f'"Language: {catalogue.parent.parent.name}\\n"' in text, name(catalogue)
    assert '"Content-Type: text/plain; charset=utf-8\\n"' in text, name(catalogue)
    assert '"Plural-Forms: nplurals=' in text, name(catalogue)
    assert header["Plural-Forms"] in text, f"{name(catalogue)}: the plural forms should be {header['Plural-Forms']}"
    assert not re.search(r"-Date:|Generated-By:|^#:|@", text, re.MULTILINE), name(catalogue)


def test_the_languages_of_the_interface_are_the_folders():
    assert list_catalogue_locales() == [SOURCE, *(path.parent.parent.name.replace("_", "-") for path in CATALOGUES)]


# ---- no text beside the catalogues ----


class TextFinder(HTMLParser):
    """Collects texts and shown attributes that hold a letter, with their line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None and has_letter(data):
            before = data[: len(data) - len(data.lstrip())].count("\n")
            self.found.append((self.getpos()[0] + before, " ".join(data.split())))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = [(key, value) for key, value in attrs if key in SHOWN_ATTRIBUTES and value and has_letter(value)]
        self.found += [(self.getpos()[0], f'{key}="{value}"') for key, value in shown]


def html_texts(html: str) -> list[tuple[int, str]]:
    """Return the line and the words of everything in `html` that a person would read or hear."""
    finder = TextFinder()
    finder.feed(html)
    finder.close()
    return finder.found


def template_texts(source: str) -> list[tuple[int, str]]:
    """Return the texts of a template that no catalogue knows: between the tags, and as words inside an expression."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    html, statement, hidden = "", [], False
    for _, kind, value in environment.lex(source):
        if kind == "block_begin":
            statement = []
        elif kind == "name":
            statement.append(value)
        elif kind == "block_end" and (statement[:1] == ["trans"] or tuple(statement[:2]) in ATTRIBUTE_BLOCKS):
            hidden = True
        elif kind == "block_end" and statement[:1] in (["endtrans"], ["endblock"]):
            hidden = False
        # What is no text keeps its line breaks, so that the lines stay right.
        html += value if kind == "data" and not hidden else "\n" * value.count("\n")
    words = [
        (constant.lineno, repr(constant.value))
        for output in environment.parse(source).find_all(nodes.Output)
        for node in output.nodes
        for constant in shown_constants(node)
    ]
    return sorted(html_texts(html) + words)


def shown_constants(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the strings with letters that an expression shows as they are. What goes into a call is not shown."""
    if isinstance(node, nodes.Const):
        if isinstance(node.value, str) and has_letter(node.value):
            yield node
    elif isinstance(node, nodes.CondExpr):
        for part in (node.expr1, node.expr2):
            yield from shown_constants(part) if part else ()
    elif isinstance(node, nodes.Filter):
        for part in (node.node, *node.args):
            yield from shown_constants(part) if part else ()
    elif isinstance(node, nodes.And | nodes.Or | nodes.Add | nodes.Concat):
        for part in node.iter_child_nodes():
            yield from shown_constants(part)


def python_texts(source: str) -> list[tuple[int, str]]:
    """Return the texts inside the HTML that a module's strings hold. Patterns and docstrings are no HTML."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):  # parents come before their children
        is_pattern = isinstance(node, ast.Call) and ast.unparse(node.func) in ("re.compile", "re.sub", "re.match")
        if id(node) in skipped or is_pattern or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            skipped |= {id(child) for child in ast.iter_child_nodes(node)}
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "" for part in node.values]
            skipped |= {id(part) for part in node.values if isinstance(part, ast.Constant)}
            found += [(node.lineno, text) for text in markup_texts("".join(map(str, parts)))]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [(node.lineno, text) for text in markup_texts(node.value)]
    return found


def markup_texts(string: str) -> list[str]:
    """Return the texts of a string that holds a tag; `{0}` and `%s` will be replaced."""
    if not re.search(r"</?[a-z][^>]*>", string):
        return []
    return [text for _, text in html_texts(PLACEHOLDER.sub("", re.sub(r"\{\w*\}", "", string)))]


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_template_holds_a_text_that_cannot_be_translated(path):
    found = [f"{name(path)}:{line}: {text}" for line, text in template_texts(path.read_text(encoding="utf-8"))]

    assert not found, "put these into _():\n" + "\n".join(found)


@pytest.mark.parametrize("path", [*VIEW_MODULES, ROOT / "server/error_pages.py"], ids=lambda path: path.stem)
def test_no_view_builds_html_with_a_text_that_cannot_be_translated(path):
    found = [f"{name(path)}:{line}: {text}" for line, text in python_texts(path.read_text(encoding="utf-8"))]

    assert not found, "put these into _():\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ('<p class="note">{{ _("Yes") }} · ( {{ day }} – ) :</p>', []),
        ("<p>Read this</p>", [(1, "Read this")]),
        ("{% if x %}\n<p>{{ x }} left</p>{% endif %}", [(2, "left")]),
        ("<p>{# a note #}{% trans n=3 %}Read this{% endtrans %}</p>", []),
        ("{% block body_class %}calm{% endblock %}\n{% block main %}text{% endblock %}", [(2, "text")]),
        ('<p>{{ _("a\nb") }}</p>\n<b>there</b>', [(3, "there")]),
        ('<nav aria-label="Police"></nav><img alt="{{ alt }}">', [(1, 'aria-label="Police"')]),
        ("""<nav aria-label="{{ _('Police') }}"></nav>""", []),
        ("<p>人走了</p>", [(1, "人走了")]),
        ('<p>{{ "left" if gone else " · " }}</p>', [(1, "'left'")]),
        ('<p>{{ name or "nobody" }}{{ link(contact, "call-police") }}</p>', [(1, "'nobody'")]),
        ('<p>{{ name | default("nobody") }}</p>', [(1, "'nobody'")]),
        ("<script>let left = 1;</script><style>p { margin: 0 }</style>", []),
        ("<p>&#8230; &nbsp; &larr;</p>", []),
    ],
)
def test_the_search_in_templates_finds_texts_and_nothing_else(template, found):
    assert template_texts(template) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("""x = f'<p class="a">{y}</p>'""", []),
        ("""x = f'<p class="a">{y} left</p>'""", [(1, "left")]),
        ("""x = '<a href="tel:{0}">{0}</a>'.format(y)""", []),
        ("""x = '<b>left</b>'""", [(1, "left")]),
        ("""x = re.compile(r'<p>(say|rule)</p>')""", []),
        ('''def f():\n    """`<folder>` is a place."""''', []),
        ("""x = 'a < b'""", []),
    ],
)
def test_the_search_in_python_finds_texts_and_nothing_else(code, found):
    assert python_texts(code) == found


def has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text)


def placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
