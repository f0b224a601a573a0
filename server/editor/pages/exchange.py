"""A region as one zip, a language as a PO file: exported for everybody who may read, imported as drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import AccessDenied, BadInput
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.import_reasons import REASONS
from server.editor.exchange.importing import ImportResult
from server.editor.exchange.po import MAX_PO_BYTES
from server.editor.exchange.zipfiles import MAX_ZIP_BYTES, read_zip
from server.editor.web.page import OpenDesk, accept_up_to, render_desk_page
from server.editor.web.regions import load_pack_or_404
from server.editor.web.request_helpers import make_name_helpers
from server.editor.wording.finding_words import Fault, describe_faults
from server.i18n import N_

# What a browser sends around a file: the form's token and the boundaries.
FRAME_BYTES = 64 << 10
# The most faults of a file that are shown; nobody reads more at once.
SHOWN_LINES = 100
AT_ONCE = N_("Somebody saved one of the texts at the same moment. Try again.")


def add_exchange_views(views: Blueprint, desk: OpenDesk) -> None:
    """Add the views of `/<region>/exchange/…` and `/regions/import`."""
    _add_pack_views(views, desk)
    _add_po_views(views, desk)


def _add_pack_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/exchange/")
    @needs(Permission.READ)
    def exchange(region: str) -> Response:
        return _render_exchange_page(desk(), region)

    @views.get("/<region:region>/exchange/pack.zip")
    @needs(Permission.READ)
    def exchange_zip(region: str) -> Response:
        with_drafts = request.args.get("drafts") == "1"
        name = f"{region}-drafts.zip" if with_drafts else f"{region}.zip"
        return _make_download(desk().export_zip(region, with_drafts=with_drafts), name, "application/zip")

    @views.post("/<region:region>/exchange/import")
    @accept_up_to(MAX_ZIP_BYTES + FRAME_BYTES)
    @needs(Permission.IMPORT, fresh=True)
    def exchange_import(region: str) -> BaseResponse:
        load_pack_or_404(desk(), region)
        data = _read_sent_file(MAX_ZIP_BYTES)
        try:
            # A mixed-up file must not change another region than the one on the page.
            if (found := read_zip(data).region) != region:
                raise ImportRefused("other-region", found=found, expected=region)
            done = desk().import_zip(current_person(), data)
        except (ImportRefused, EditConflict) as error:
            return _render_exchange_page(desk(), region, status=error.status, refused=error)
        return _render_exchange_page(desk(), region, imported=done)

    @views.post("/regions/import")
    @accept_up_to(MAX_ZIP_BYTES + FRAME_BYTES)
    @needs(Permission.IMPORT, fresh=True)
    def region_import() -> BaseResponse:
        """Import a region that this desk does not have yet."""
        data = _read_sent_file(MAX_ZIP_BYTES)
        try:
            if (region := read_zip(data).region) in desk().list_regions():
                raise ImportRefused("region-is-here", region=region)
            done = desk().import_zip(current_person(), data)
        except (ImportRefused, EditConflict) as error:
            return render_desk_page(
                "publish/exchange_refused.html",
                status=error.status,
                refused=_describe_refusal(error),
                **make_name_helpers(desk()),
            )
        return _render_exchange_page(desk(), region, imported=done)


def _add_po_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/exchange/<locale:locale>.po")
    @needs(Permission.READ)
    def exchange_po(region: str, locale: str) -> Response:
        name = f"{region}-{locale}.po"
        return _make_download(desk().export_po(region, locale), name, "text/x-gettext-translation; charset=utf-8")

    @views.post("/<region:region>/exchange/<locale:locale>/import")
    @accept_up_to(MAX_PO_BYTES + FRAME_BYTES)
    @needs(Permission.TRANSLATE)
    def exchange_po_import(region: str, locale: str) -> BaseResponse:
        if not current_person().may(Permission.TRANSLATE, locale):
            raise AccessDenied(f"{current_person().role} may not translate into {locale}")
        data = _read_sent_file(MAX_PO_BYTES)
        try:
            done = desk().import_po(current_person(), region, locale, data)
        except (ImportRefused, EditConflict) as error:
            return _render_exchange_page(desk(), region, status=error.status, refused=error)
        return _render_exchange_page(desk(), region, po=done, po_locale=locale)


def _read_sent_file(most: int) -> bytes:
    """Return the bytes of the form's file.

    Raises:
        BadInput: There is no file, or it is empty.
        ImportRefused: It is larger than `most`.
    """
    sent = request.files.get("file")
    data = sent.stream.read(most + 1) if sent else b""
    if not data:
        raise BadInput("file")
    return data


def _make_download(data: bytes, name: str, media_type: str) -> Response:
    answer = Response(data, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@dataclass(frozen=True, slots=True)
class ImportRefusal:
    """Why a file was not imported; `faults` are those that are shown, `more` counts the others."""

    words: str
    faults: Sequence[Fault] = ()
    more: int = 0


def _describe_refusal(error: ImportRefused | EditConflict) -> ImportRefusal:
    if isinstance(error, EditConflict):
        return ImportRefusal(gettext(AT_ONCE))
    shown = error.problems[:SHOWN_LINES]
    words = gettext(REASONS[error.reason]) % error.more
    return ImportRefusal(words, describe_faults(shown, gettext), len(error.problems) - len(shown))


def _render_exchange_page(
    desk: Desk,
    region: str,
    *,
    status: int = 200,
    refused: ImportRefused | EditConflict | None = None,
    imported: ImportResult | None = None,
    po: object = None,
    po_locale: str = "",
) -> Response:
    pack = load_pack_or_404(desk, region).pack
    return render_desk_page(
        "publish/exchange.html",
        status=status,
        pack=pack,
        refused=_describe_refusal(refused) if refused else None,
        shown=SHOWN_LINES,
        imported=imported,
        warnings=describe_faults(imported.warnings[:SHOWN_LINES], gettext) if imported else (),
        po=po,
        po_locale=po_locale,
        translated=[locale for tag, locale in pack.locales.items() if tag != pack.source_locale],
        **make_name_helpers(desk),
    )
