"""The pages behind one-time links, and the one that accepts a recovery code."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import CodeRejected
from server.auth.guard import current_gate, desk_session, open_to_all
from server.auth.limits import count_attempt
from server.auth.pages.rendering import render_page
from server.auth.pages.sent_fields import CODE_MAX, NAME_FIELD, read_field, read_json_body, read_json_text
from server.auth.pages.view_helpers import answer_next_page, find_sender_group, get_browser_secret, make_ceremony_answer
from server.auth.passkeys.register import begin_link_ceremony, finish_link_ceremony, read_ticket_and_credential
from server.auth.people.link_purposes import Purpose
from server.auth.people.members import find_member
from server.auth.people.one_time_links import find_link, make_recovery_link_for_code
from server.request_language import current_language

FOLDERS = f"<any({','.join(Purpose)}):purpose>"


def add_link_views(views: Blueprint) -> None:
    """Add the views of `/setup/<token>`, `/invite/<token>`, `/recover/<token>`, `/move/<token>`, and `/recover`."""
    _add_code_views(views)

    @views.get(f"/{FOLDERS}/<token:token>")
    @open_to_all
    def link(purpose: str, token: str) -> Response:
        count_attempt(current_gate(), "link", find_sender_group())
        found = find_link(current_gate(), Purpose(purpose), token)
        member = find_member(current_gate(), found.person) if found.person else None
        return render_page("auth/link.html", link=found, purpose=purpose, token=token, invited=member)

    @views.post(f"/{FOLDERS}/<token:token>/options")
    @open_to_all
    def link_options(purpose: str, token: str) -> Response:
        count_attempt(current_gate(), "link", find_sender_group())
        found = find_link(current_gate(), Purpose(purpose), token)
        name = read_json_text(read_json_body(), "name", NAME_FIELD)
        return make_ceremony_answer(begin_link_ceremony(current_gate(), found, get_browser_secret(), name=name))

    @views.post(f"/{FOLDERS}/<token:token>/passkey")
    @open_to_all
    def link_passkey(purpose: str, token: str) -> Response:
        count_attempt(current_gate(), "link", find_sender_group())
        found = find_link(current_gate(), Purpose(purpose), token)
        body = read_json_body()
        ticket, credential = read_ticket_and_credential(body)
        browser = desk_session()
        member, browser.token = finish_link_ceremony(
            current_gate(),
            found,
            get_browser_secret(),
            ticket,
            credential,
            passkey_name=read_json_text(body, "passkey_name", NAME_FIELD),
            language=current_language(),
            session=browser.held,
        )
        return answer_next_page(url_for("auth.account", done=purpose) if member.secured else url_for("auth.finish"))


def _add_code_views(views: Blueprint) -> None:
    @views.get("/recover")
    @open_to_all
    def recover() -> Response:
        return render_page("auth/recover.html", wrong=False)

    @views.post("/recover")
    @open_to_all
    def recover_with() -> BaseResponse:
        count_attempt(current_gate(), "code", find_sender_group())
        try:
            return redirect(make_recovery_link_for_code(current_gate(), read_field("code", CODE_MAX)), 303)
        except CodeRejected:
            return render_page("auth/recover.html", status=400, wrong=True)
