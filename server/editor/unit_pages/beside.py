"""Translate side by side: the short texts of a language as fields beside their sources, saved and handed in together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import AccessDenied
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.packs.loading import UsablePack
from server.editor.packs.progress import TextRow, TextState, list_text_rows, measure_progress
from server.editor.units.errors import BadUnit, ContentRefused
from server.editor.units.unit import Kind
from server.editor.web.page import OpenDesk, accept_up_to, render_desk_page
from server.editor.web.regions import find_region_title, load_pack_or_404
from server.guidance.texts.text import hash_source_text
from server.guidance.texts.tokens import find_tokens
from server.request_language import current_language

DIGEST = re.compile(r"[0-9a-f]{16}")
# As many as somebody translates in one go; the next ones come when these are done.
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class BesideRow:
    """One text and its source. `refused` is a stable word for why what was typed is not saved, `marks` what it is about."""

    row: TextRow
    text: str
    seen: int
    digest: str
    refused: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """How many texts were saved, and those that were not."""

    saved: int
    refused: Sequence[BesideRow]


def add_beside_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/translate/<locale>/beside/`."""

    @views.get("/<region:region>/translate/<locale:locale>/beside/")
    @needs(Permission.TRANSLATE)
    def beside(region: str, locale: str) -> Response:
        return _render_page(desk(), _load_pack(desk(), region, locale), locale)

    @views.post("/<region:region>/translate/<locale:locale>/beside/")
    @needs(Permission.TRANSLATE)
    @accept_up_to()
    def beside_save(region: str, locale: str) -> BaseResponse:
        usable = _load_pack(desk(), region, locale)
        submit = request.form.get("action") == "submit"
        outcome = save_sent_texts(desk(), usable, locale, request.form, submit=submit)
        if outcome.refused:
            usable = _load_pack(desk(), region, locale)
            return _render_page(desk(), usable, locale, outcome, status=422)
        done = "submitted" if submit else "saved"
        return redirect(url_for("desk.beside", region=region, locale=locale, done=done, count=outcome.saved), 303)


def save_sent_texts(
    desk: Desk, usable: UsablePack, locale: str, sent: MultiDict[str, str], *, submit: bool
) -> SaveOutcome:
    """Save every text that was written, each by itself: one that cannot be saved does not hold up the others."""
    saved, refused = 0, []
    for row in _list_short_texts(usable, locale):
        text = sent.get(f"text:{row.key}", "").replace("\r\n", "\n").strip()
        if not text or (text == row.text and f"fits:{row.key}" not in sent):
            continue
        seen, digest = sent.get(f"seen:{row.key}", ""), sent.get(f"from:{row.key}", "")
        digest = digest if DIGEST.fullmatch(digest) else ""
        known = BesideRow(row, text, int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0, digest)
        if marks := compare_placeholders(row.source, text):
            refused.append(BesideRow(row, text, known.seen, digest, "placeholders", marks))
            continue
        try:
            draft = desk.edits.save(current_person(), row.unit, text, seen=known.seen, made_from=digest or None)
        except EditConflict as conflict:
            refused.append(BesideRow(row, text, conflict.theirs.head, digest, "conflict"))
            continue
        except ContentRefused:
            refused.append(BesideRow(row, text, known.seen, digest, "unreadable"))
            continue
        if submit:
            desk.reviews.submit_revision(current_person(), row.unit, draft.head)
        saved += 1
    return SaveOutcome(saved, refused)


def compare_placeholders(source: str, text: str) -> tuple[str, ...]:
    """Return the placeholders that a translation lacks or has beside those of its source, in their order there."""
    wanted, found = (Counter(token.source for token in find_tokens(one)) for one in (source, text))
    return tuple((wanted - found) + (found - wanted))


def _list_short_texts(usable: UsablePack, locale: str) -> list[TextRow]:
    """Return the short texts to translate; a topic has a page of its own."""
    return [row for row in list_text_rows(usable.pack, locale) if row.unit.kind is Kind.STRING]


def _load_pack(desk: Desk, region: str, locale: str) -> UsablePack:
    usable = load_pack_or_404(desk, region)
    if locale not in usable.pack.locales or locale == usable.pack.source_locale:
        raise BadUnit(f"nothing is translated into {locale!r} in {region}")
    if not current_person().may(Permission.TRANSLATE, locale):
        raise AccessDenied(f"{current_person().role} may not translate into {locale}")
    return usable


def _render_page(
    desk: Desk, usable: UsablePack, locale: str, outcome: SaveOutcome | None = None, *, status: int = 200
) -> Response:
    pack = usable.pack
    refused: Mapping[str, BesideRow] = {one.row.key: one for one in outcome.refused} if outcome else {}
    waiting = [row for row in _list_short_texts(usable, locale) if row.state is not TextState.CURRENT]
    left = [_make_row(desk, row) for row in waiting if row.key not in refused]
    count = request.args.get("count", "")
    return render_desk_page(
        "edit/beside.html",
        status=status,
        pack=pack,
        title=find_region_title(pack, current_language()),
        locale=pack.locales[locale],
        progress=measure_progress(pack, locale),
        rows=[*refused.values(), *left][:AT_ONCE],
        more=max(0, len(refused) + len(left) - AT_ONCE),
        saved=str(outcome.saved) if outcome else count if count.isdecimal() and len(count) < 6 else "",
        done=request.args.get("done", ""),
        State=TextState,
    )


def _make_row(desk: Desk, row: TextRow) -> BesideRow:
    return BesideRow(row, row.text or "", desk.edits.get_draft(row.unit).head, hash_source_text(row.source))
