"""The pages of one's own account: finishing the set-up, passkeys, recovery codes, sessions."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import CodeRejected, SignInNeeded
from server.auth.guard import current_gate, current_member, current_person, current_session, needs
from server.auth.pages.rendering import render_page
from server.auth.pages.sent_fields import CODE_MAX, NAME_FIELD, read_field, read_json_body, read_json_text
from server.auth.pages.view_helpers import answer_next_page, get_browser_secret, make_ceremony_answer
from server.auth.passkeys.passkey import list_passkeys
from server.auth.passkeys.register import begin_further_passkey, finish_further_passkey, read_ticket_and_credential
from server.auth.passkeys.sign_in import remove_passkey, rename_passkey
from server.auth.people.members import Member, is_desk_set_up, rename_person
from server.auth.people.one_time_links import find_open_recovery, withdraw_recovery
from server.auth.people.recovery_codes import COUNT, confirm_codes, count_codes, find_number_to_type, make_codes
from server.auth.roles import Permission
from server.auth.sessions import end_other_sessions, end_session, list_open_sessions

READ = Permission.READ


def add_account_views(views: Blueprint) -> None:
    """Add the views of `/finish` and `/account/…`."""
    _add_account_pages(views)
    _add_passkey_views(views)
    _add_recovery_code_views(views)
    _add_session_views(views)


def _require_member() -> Member:
    member = current_member()
    if member is None:
        raise SignInNeeded("no session")
    return member


def _find_next_page(member: Member, done: str) -> str:
    return url_for("auth.account", done=done) if member.secured else url_for("auth.finish", done=done)


def _add_account_pages(views: Blueprint) -> None:
    @views.get("/finish")
    @needs(READ, unfinished=True)
    def finish() -> BaseResponse:
        member = _require_member()
        if member.secured:
            return redirect(url_for("auth.account"), 303)
        gate = current_gate()
        passkeys = list_passkeys(gate, member.id)
        # Another set-up link, printed by a restart, can replace the first owner until they finish: the page tells them.
        replaceable = member.person.role == "owner" and not is_desk_set_up(gate)
        return render_page(
            "auth/finish.html",
            passkeys=passkeys,
            asked=find_number_to_type(gate, member.id),
            count=COUNT,
            replaceable=replaceable,
        )

    @views.get("/account/")
    @needs(READ)
    def account() -> Response:
        gate, member = current_gate(), _require_member()
        passkeys = list_passkeys(gate, member.id)
        return render_page(
            "auth/account.html",
            passkeys=passkeys,
            names={one.id: one.name for one in passkeys},
            usable=[one.id for one in passkeys if one.is_usable(gate)],
            codes=count_codes(gate, member.id),
            asked=find_number_to_type(gate, member.id),
            sessions=list_open_sessions(gate, member.id),
            recovery=find_open_recovery(gate, member.id),
            this_session=current_session().id,
            done=request.args.get("done", ""),
        )

    @views.post("/account/name")
    @needs(READ)
    def account_name() -> BaseResponse:
        rename_person(current_gate(), current_person(), read_field("name", NAME_FIELD))
        return redirect(url_for("auth.account", done="name"), 303)

    @views.post("/account/recovery/withdraw")
    @needs(READ, fresh=True)
    def recovery_withdraw() -> BaseResponse:
        """Withdraw the link, with a fresh passkey: a stolen session alone must not lock out the person who lost the device."""
        withdraw_recovery(current_gate(), current_person())
        return redirect(url_for("auth.account", done="recovery-withdrawn"), 303)


def _add_passkey_views(views: Blueprint) -> None:
    @views.post("/account/passkeys/options")
    @needs(READ, fresh=True, unfinished=True)
    def passkey_options() -> Response:
        return make_ceremony_answer(begin_further_passkey(current_gate(), current_person(), get_browser_secret()))

    @views.post("/account/passkeys/")
    @needs(READ, fresh=True, unfinished=True)
    def passkey_add() -> Response:
        body = read_json_body()
        ticket, credential = read_ticket_and_credential(body)
        name = read_json_text(body, "passkey_name", NAME_FIELD)
        member = finish_further_passkey(
            current_gate(), current_person(), get_browser_secret(), ticket, credential, passkey_name=name
        )
        return answer_next_page(_find_next_page(member, "passkey-added"))

    @views.post("/account/passkeys/<digest:passkey_id>/remove")
    @needs(READ, fresh=True)
    def passkey_remove(passkey_id: str) -> BaseResponse:
        member = remove_passkey(current_gate(), current_person(), passkey_id)
        return redirect(_find_next_page(member, "passkey-removed"), 303)

    @views.post("/account/passkeys/<digest:passkey_id>/rename")
    @needs(READ)
    def passkey_rename(passkey_id: str) -> BaseResponse:
        rename_passkey(current_gate(), current_person(), passkey_id, read_field("name", NAME_FIELD))
        return redirect(url_for("auth.account", done="passkey-renamed"), 303)


def _add_recovery_code_views(views: Blueprint) -> None:
    @views.post("/account/codes/")
    @needs(READ, fresh=True, unfinished=True)
    def codes_make() -> Response:
        """Return the only page that ever shows the codes; they cannot be shown again."""
        made = make_codes(current_gate(), current_person())
        return render_page(
            "auth/codes.html",
            codes=made.codes,
            asked=made.asked,
            wrong=False,
            address=current_gate().party.build_address("recover"),
            made_at=current_gate().make_stamp(),
        )

    @views.get("/account/codes/")
    @needs(READ, unfinished=True)
    def codes() -> BaseResponse:
        asked = find_number_to_type(current_gate(), current_person().id)
        if asked is None:
            return redirect(_find_next_page(_require_member(), ""), 303)
        return render_page("auth/codes.html", codes=(), asked=asked, wrong=False)

    @views.post("/account/codes/confirm")
    @needs(READ, unfinished=True)
    def codes_confirm() -> BaseResponse:
        gate, person = current_gate(), current_person()
        try:
            member = confirm_codes(gate, person, read_field("code", CODE_MAX))
        except CodeRejected:
            asked = find_number_to_type(gate, person.id)
            if asked is None:
                return redirect(_find_next_page(_require_member(), ""), 303)
            return render_page("auth/codes.html", status=400, codes=(), asked=asked, wrong=True)
        return redirect(_find_next_page(member, "codes"), 303)


def _add_session_views(views: Blueprint) -> None:
    @views.post("/account/sessions/<digest:session_id>/end")
    @needs(READ)
    def session_end(session_id: str) -> BaseResponse:
        end_session(current_gate(), current_person(), session_id, what="session.ended")
        return redirect(url_for("auth.account", done="session-ended"), 303)

    @views.post("/account/sessions/end-others")
    @needs(READ)
    def session_end_others() -> BaseResponse:
        end_other_sessions(current_gate(), current_person(), current_session())
        return redirect(url_for("auth.account", done="sessions-ended"), 303)
