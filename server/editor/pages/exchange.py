"""A region as one zip, a language as a PO file: out for whoever may read, in as drafts that somebody reviews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput, NotAllowed
from server.auth.guard import current_person, needs
from server.auth.roles import Permission
from server.editor.desk import Desk
from server.editor.edits.errors import EditConflict
from server.editor.exchange.errors import ImportRefused
from server.editor.exchange.import_reasons import REASONS
from server.editor.exchange.importing import Imported
from server.editor.exchange.po import MAX_PO_BYTES
from server.editor.exchange.zipfiles import MAX_ZIP_BYTES, read_zip
from server.editor.web.page import OpenDesk, show, takes
from server.editor.web.regions import pack_or_404
from server.editor.web.request_helpers import name_helpers
from server.editor.wording.finding_words import Fault, fault_words
from server.i18n import N_

# What a browser puts around a file: the form's token and the boundaries.
FRAME_BYTES = 64 << 10
# So many lines of what is wrong with a file are shown; nobody reads more at once.
SHOWN_LINES = 100
AT_ONCE = N_("Somebody saved one of the texts at the same moment. Try again.")


def add_exchange_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/<region>/exchange/…` and `/regions/import`."""
    _add_pack_views(views, desk)
    _add_po_views(views, desk)


def _add_pack_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/exchange/")
    @needs(Permission.READ)
    def exchange(region: str) -> Response:
        return _page(desk(), region)

    @views.get("/<region:region>/exchange/pack.zip")
    @needs(Permission.READ)
    def exchange_zip(region: str) -> Response:
        with_drafts = request.args.get("drafts") == "1"
        name = f"{region}-drafts.zip" if with_drafts else f"{region}.zip"
        return _download(desk().export_zip(region, with_drafts=with_drafts), name, "application/zip")

    @views.post("/<region:region>/exchange/import")
    @takes(MAX_ZIP_BYTES + FRAME_BYTES)
    @needs(Permission.IMPORT, fresh=True)
    def exchange_import(region: str) -> BaseResponse:
        pack_or_404(desk(), region)
        data = _sent_file(MAX_ZIP_BYTES)
        try:
            # Somebody who stands before one region must not change another one by a file that they mixed up.
            if (found := read_zip(data).region) != region:
                raise ImportRefused("other-region", found=found, expected=region)
            done = desk().import_zip(current_person(), data)
        except (ImportRefused, EditConflict) as error:
            return _page(desk(), region, status=error.status, refused=error)
        return _page(desk(), region, imported=done)

    @views.post("/regions/import")
    @takes(MAX_ZIP_BYTES + FRAME_BYTES)
    @needs(Permission.IMPORT, fresh=True)
    def region_import() -> BaseResponse:
        """Take in a region that is not here yet."""
        data = _sent_file(MAX_ZIP_BYTES)
        try:
            if (region := read_zip(data).region) in desk().regions():
                raise ImportRefused("region-is-here", region=region)
            done = desk().import_zip(current_person(), data)
        except (ImportRefused, EditConflict) as error:
            return show(
                "publish/exchange_refused.html", status=error.status, refused=_refusal(error), **name_helpers(desk())
            )
        return _page(desk(), region, imported=done)


def _add_po_views(views: Blueprint, desk: OpenDesk) -> None:
    @views.get("/<region:region>/exchange/<locale:locale>.po")
    @needs(Permission.READ)
    def exchange_po(region: str, locale: str) -> Response:
        name = f"{region}-{locale}.po"
        return _download(desk().export_po(region, locale), name, "text/x-gettext-translation; charset=utf-8")

    @views.post("/<region:region>/exchange/<locale:locale>/import")
    @takes(MAX_PO_BYTES + FRAME_BYTES)
    @needs(Permission.TRANSLATE)
    def exchange_po_import(region: str, locale: str) -> BaseResponse:
        if not current_person().may(Permission.TRANSLATE, locale):
            raise NotAllowed(f"{current_person().role} may not translate into {locale}")
        data = _sent_file(MAX_PO_BYTES)
        try:
            done = desk().import_po(current_person(), region, locale, data)
        except (ImportRefused, EditConflict) as error:
            return _page(desk(), region, status=error.status, refused=error)
        return _page(desk(), region, po=done, po_locale=locale)


def _sent_file(most: int) -> bytes:
    """Give the bytes of the form's file.

    Raises:
        BadInput: There is none, or it is empty.
        ImportRefused: It is larger than `most`.
    """
    sent = request.files.get("file")
    data = sent.stream.read(most + 1) if sent else b""
    if not data:
        raise BadInput("file")
    return data


def _download(data: bytes, name: str, media_type: str) -> Response:
    answer = Response(data, content_type=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not taken in; `faults` are those of its files, of which there may be more than are listed."""

    words: str
    faults: Sequence[Fault] = ()
    more: int = 0


def _refusal(error: ImportRefused | EditConflict) -> Refusal:
    if isinstance(error, EditConflict):
        return Refusal(gettext(AT_ONCE))
    shown = error.problems[:SHOWN_LINES]
    words = gettext(REASONS[error.reason]) % error.more
    return Refusal(words, fault_words(shown, gettext), len(error.problems) - len(shown))


def _page(
    desk: Desk,
    region: str,
    *,
    status: int = 200,
    refused: ImportRefused | EditConflict | None = None,
    imported: Imported | None = None,
    po: object = None,
    po_locale: str = "",
) -> Response:
    pack = pack_or_404(desk, region).pack
    return show(
        "publish/exchange.html",
        status=status,
        pack=pack,
        refused=_refusal(refused) if refused else None,
        shown=SHOWN_LINES,
        imported=imported,
        warnings=fault_words(imported.warnings[:SHOWN_LINES], gettext) if imported else (),
        po=po,
        po_locale=po_locale,
        translated=[locale for tag, locale in pack.locales.items() if tag != pack.source_locale],
        **name_helpers(desk),
    )
