"""Signing in and out, confirming, the choice of a language: views for everybody."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as BaseResponse

from server.auth.audit import make_audit_line
from server.auth.errors import BadInput
from server.auth.gate import retry_on_conflict
from server.auth.guard import (
    current_gate,
    current_member,
    current_person,
    current_session,
    desk_session,
    make_safe_target,
    needs,
    open_to_all,
)
from server.auth.limits import count_attempt
from server.auth.pages.account import add_account_views
from server.auth.pages.audit import add_audit_views
from server.auth.pages.link_pages import add_link_views
from server.auth.pages.people import ListLocales, add_people_views
from server.auth.pages.rendering import render_page
from server.auth.pages.sent_fields import NEXT_MAX, read_field, read_json_body, read_json_text
from server.auth.pages.view_helpers import answer_next_page, find_sender_group, get_browser_secret, make_ceremony_answer
from server.auth.passkeys.register import read_ticket_and_credential
from server.auth.passkeys.sign_in import begin_confirm, begin_sign_in, finish_confirm, finish_sign_in
from server.auth.people.members import get_member
from server.auth.roles import Permission
from server.auth.sessions import end_session
from server.i18n import list_catalogue_locales
from server.request_language import current_language


class DigestConverter(BaseConverter):
    """`<digest:…>` in an address: lower-case hex, so that nothing else is ever looked up in the store."""

    regex = "[0-9a-f]{32,64}"


class TokenConverter(BaseConverter):
    """`<token:…>` in an address: the form of `generate_token`."""

    regex = "[A-Za-z0-9_-]{43}"


def make_auth_blueprint(locales: ListLocales) -> Blueprint:
    """Return the blueprint with everything below /editor/ that is about people."""
    views = Blueprint("auth", __name__, url_prefix="/editor")

    def add_converters(state: BlueprintSetupState) -> None:
        state.app.url_map.converters.update(digest=DigestConverter, token=TokenConverter)

    views.record(add_converters)
    _add_sign_in_views(views)
    _add_session_views(views)
    _add_confirm_views(views)
    add_link_views(views)
    add_account_views(views)
    add_people_views(views, locales)
    add_audit_views(views)
    return views


def _add_sign_in_views(views: Blueprint) -> None:
    @views.get("/sign-in")
    @open_to_all
    def sign_in() -> BaseResponse:
        target = request.args.get("next", "")[:NEXT_MAX]
        if current_member() is not None:
            return redirect(make_safe_target(target), 303)
        # A request from an e-mail or another site brings no cookie (SameSite=Strict). The same address, requested by our
        # own page, does: so people who are signed in stay signed in.
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            return render_page("auth/again.html", target=request.full_path.rstrip("?"))
        return render_page("auth/sign_in.html", next=make_safe_target(target))

    @views.post("/sign-in/options")
    @open_to_all
    def sign_in_options() -> Response:
        count_attempt(current_gate(), "sign-in-begun", find_sender_group())
        return make_ceremony_answer(begin_sign_in(current_gate(), get_browser_secret()))

    @views.post("/sign-in/passkey")
    @open_to_all
    def sign_in_passkey() -> Response:
        count_attempt(current_gate(), "sign-in", find_sender_group())
        body = read_json_body()
        ticket, credential = read_ticket_and_credential(body)
        browser = desk_session()
        member, browser.token = finish_sign_in(
            current_gate(), get_browser_secret(), ticket, credential, session=browser.held
        )
        target = read_json_text(body, "next", NEXT_MAX).removeprefix(request.script_root)
        return answer_next_page(make_safe_target(target) if member.secured else url_for("auth.finish"))


def _add_session_views(views: Blueprint) -> None:
    @views.post("/sign-out")
    @needs(Permission.READ, unfinished=True)
    def sign_out() -> BaseResponse:
        end_session(current_gate(), current_person(), current_session().id, what="signed-out")
        browser = desk_session()
        browser.clear()
        browser["language"] = current_language()
        browser.ended = True
        return redirect(url_for("auth.sign_in"), 303)

    @views.post("/language")
    @open_to_all
    def language() -> BaseResponse:
        tag = read_field("language", 35)
        if tag not in list_catalogue_locales():
            raise BadInput("language")
        member = current_member()
        if member is None:
            desk_session()["language"] = tag
        elif member.language != tag:
            gate = current_gate()
            told = make_audit_line(member.person, "person.language", tag)
            retry_on_conflict(
                lambda: gate.store.commit(
                    [replace(get_member(gate, member.id), language=tag).build_save_change(), told]
                )
            )
        return redirect(make_safe_target(read_field("next", NEXT_MAX)), 303)


def _add_confirm_views(views: Blueprint) -> None:
    @views.get("/confirm")
    @needs(Permission.READ, unfinished=True)
    def confirm() -> Response:
        return render_page("auth/confirm.html", next=make_safe_target(request.args.get("next", "")[:NEXT_MAX]))

    @views.post("/confirm/options")
    @needs(Permission.READ, unfinished=True)
    def confirm_options() -> Response:
        count_attempt(current_gate(), "sign-in-begun", current_person().id)
        return make_ceremony_answer(begin_confirm(current_gate(), current_person(), get_browser_secret()))

    @views.post("/confirm/passkey")
    @needs(Permission.READ, unfinished=True)
    def confirm_passkey() -> Response:
        count_attempt(current_gate(), "sign-in", current_person().id)
        body = read_json_body()
        ticket, credential = read_ticket_and_credential(body)
        finish_confirm(current_gate(), current_person(), current_session(), get_browser_secret(), ticket, credential)
        return answer_next_page(
            make_safe_target(read_json_text(body, "next", NEXT_MAX).removeprefix(request.script_root))
        )
