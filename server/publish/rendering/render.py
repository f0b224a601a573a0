"""Turn a pack's texts into HTML: the template environment of one (region, locale), and Markdown."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import nh3
from babel.support import NullTranslations
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markdown_it.token import Token
from markupsafe import Markup

from server.guidance.texts.markdown import make_markdown_parser
from server.resources import PACKAGE

# Placeholders as the checker lets them pass: blanks round an id, hyphens in a source's.
BLOCK_TOKEN = re.compile(r"<p>\{(say|rule|never): *([a-z0-9-]+) *\}</p>")
# With the space before it; and with that after it where the writing has no spaces between sentences.
CITATION = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uffef]) ?\{src:[A-Za-z0-9, -]+\} ?"
    r"| ?\{src:[A-Za-z0-9, -]+\}(?: (?=[\u2e80-\u9fff\uff00-\uffef“]))?"
)
INLINE_TOKEN = re.compile(r"\{(contact|hours): *([a-z0-9-]+) *(?::([a-z]+))?\}")
ALLOWED_TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"}

# On <html>: whoever serves a page (server or worker) puts its own marks here, so that a page's bytes do not change when
# another page does.
BLANK_MARKS = Markup('data-offline="none" data-release="" data-slice=""')


class _CompiledTemplates(BytecodeCache):
    """Templates compiled once per process and not once per language or application; a changed file has another checksum."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


# For every template of the project: a missing name is an error, and a block's line leaves no line behind.
TEMPLATE_OPTIONS: Mapping[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "bytecode_cache": _CompiledTemplates(),
}


def make_environment(translations: NullTranslations) -> Environment:
    """Return the templates of a release, with one language's interface texts.

    Plain Babel and not Flask-Babel: a release is rendered outside of any request. The catalogues are the same.
    """
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        **TEMPLATE_OPTIONS,
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.filters["day"] = format_day
    environment.globals["blank_marks"] = BLANK_MARKS
    return environment


def format_day(day: datetime.date) -> str:
    """Return a day as the pages show it. The script compares `data-review-by`, which stays an ISO date."""
    return day.isoformat()


def render_markdown(
    body: str,
    *,
    link: Callable[[str], str],
    block: Callable[[str, str], str],
    inline: Callable[[str, tuple[str, ...]], str],
) -> Markup:
    """Return the body of a topic as HTML.

    `link` turns `topic:<id>` or `flow:<id>` into an address, `block` a `{say|rule|never:<id>}` paragraph into HTML,
    `inline` a `{contact:<id>}` or `{hours:<id>}` into HTML. A `{src:…}` names the basis of the sentence before it for the
    checker and the account of sources; a reader finds all of them at the end of the page. HTML in the text itself is
    shown as text, never kept.
    """
    markdown = make_markdown_parser()
    tokens = markdown.parse(body)
    for token in tokens:
        _resolve_links(token, link)
    html = nh3.clean(
        markdown.renderer.render(tokens, markdown.options, {}),
        tags=ALLOWED_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https"},
        link_rel=None,
    )
    html = BLOCK_TOKEN.sub(lambda match: block(match[1], match[2]), html)
    html = CITATION.sub("", html)
    html = INLINE_TOKEN.sub(lambda match: inline(match[1], tuple(filter(None, match.group(2, 3)))), html)
    return Markup(html)  # noqa: S704 - sanitised above; what was put in since is escaped by the templates


def _resolve_links(token: Token, link: Callable[[str], str]) -> None:
    for child in token.children or ():
        if child.type == "link_open":
            child.attrSet("href", link(str(child.attrGet("href"))))
        _resolve_links(child, link)
