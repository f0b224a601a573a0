"""Signing in and out, confirming, the choice of a language: what needs nobody, or anybody."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response as BaseResponse

from server.auth.account_views import add_account_views
from server.auth.audit import audit
from server.auth.audit_views import add_audit_views
from server.auth.enrol import ticket_and_credential
from server.auth.entry import begin_confirm, begin_sign_in, finish_confirm, finish_sign_in
from server.auth.errors import BadInput
from server.auth.exchange import asking_group, browser_secret, ceremony_answer, go_on
from server.auth.forms import NEXT_MAX, field, json_body, text_of
from server.auth.gate import retry_on_conflict
from server.auth.guard import (
    current_gate,
    current_member,
    current_person,
    current_session,
    desk_session,
    needs,
    open_to_all,
    safe_next,
)
from server.auth.limits import count_attempt
from server.auth.link_views import add_link_views
from server.auth.members import get_member
from server.auth.pages import render_page
from server.auth.people_views import Locales, add_people_views
from server.auth.roles import Permission
from server.auth.sessions import end_session
from server.i18n import catalogue_locales
from server.request_language import current_language


class DigestConverter(BaseConverter):
    """`<digest:…>` in an address: lower-case hex, so that nothing else is ever looked up in the store."""

    regex = "[0-9a-f]{32,64}"


class TokenConverter(BaseConverter):
    """`<token:…>` in an address: the form of `new_token`."""

    regex = "[A-Za-z0-9_-]{43}"


def auth_views(locales: Locales) -> Blueprint:
    """Everything below /editor/ that is about people."""
    views = Blueprint("auth", __name__, url_prefix="/editor")

    def add_converters(state: BlueprintSetupState) -> None:
        state.app.url_map.converters.update(digest=DigestConverter, token=TokenConverter)

    views.record(add_converters)
    _add_entry_views(views)
    _add_session_views(views)
    _add_confirm_views(views)
    add_link_views(views)
    add_account_views(views)
    add_people_views(views, locales)
    add_audit_views(views)
    return views


def _add_entry_views(views: Blueprint) -> None:
    @views.get("/sign-in")
    @open_to_all
    def sign_in() -> BaseResponse:
        target = request.args.get("next", "")[:NEXT_MAX]
        if current_member() is not None:
            return redirect(safe_next(target), 303)
        # A link in an e-mail or on another site brings no cookie (SameSite=Strict). The same address, asked for by our
        # own page, does: so whoever is signed in stays so.
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            return render_page("auth/again.html", target=request.full_path.rstrip("?"))
        return render_page("auth/sign_in.html", next=safe_next(target))

    @views.post("/sign-in/options")
    @open_to_all
    def sign_in_options() -> Response:
        count_attempt(current_gate(), "sign-in-begun", asking_group())
        return ceremony_answer(begin_sign_in(current_gate(), browser_secret()))

    @views.post("/sign-in/passkey")
    @open_to_all
    def sign_in_passkey() -> Response:
        count_attempt(current_gate(), "sign-in", asking_group())
        body = json_body()
        ticket, credential = ticket_and_credential(body)
        browser = desk_session()
        member, browser.token = finish_sign_in(
            current_gate(), browser_secret(), ticket, credential, session=browser.held
        )
        target = text_of(body, "next", NEXT_MAX).removeprefix(request.script_root)
        return go_on(safe_next(target) if member.secured else url_for("auth.finish"))


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
        tag = field("language", 35)
        if tag not in catalogue_locales():
            raise BadInput("language")
        member = current_member()
        if member is None:
            desk_session()["language"] = tag
        elif member.language != tag:
            gate = current_gate()
            told = audit(member.person, "person.language", tag)
            retry_on_conflict(
                lambda: gate.store.commit([replace(get_member(gate, member.id), language=tag).put(), told])
            )
        return redirect(safe_next(field("next", NEXT_MAX)), 303)


def _add_confirm_views(views: Blueprint) -> None:
    @views.get("/confirm")
    @needs(Permission.READ, unfinished=True)
    def confirm() -> Response:
        return render_page("auth/confirm.html", next=safe_next(request.args.get("next", "")[:NEXT_MAX]))

    @views.post("/confirm/options")
    @needs(Permission.READ, unfinished=True)
    def confirm_options() -> Response:
        count_attempt(current_gate(), "sign-in-begun", current_person().id)
        return ceremony_answer(begin_confirm(current_gate(), current_person(), browser_secret()))

    @views.post("/confirm/passkey")
    @needs(Permission.READ, unfinished=True)
    def confirm_passkey() -> Response:
        count_attempt(current_gate(), "sign-in", current_person().id)
        body = json_body()
        ticket, credential = ticket_and_credential(body)
        finish_confirm(current_gate(), current_person(), current_session(), browser_secret(), ticket, credential)
        return go_on(safe_next(text_of(body, "next", NEXT_MAX).removeprefix(request.script_root)))
