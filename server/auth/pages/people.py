"""The owners' page: who has joined, who is invited, what each may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.guard import current_gate, current_person, needs
from server.auth.limits import count_attempt
from server.auth.pages.rendering import render_page
from server.auth.pages.sent_fields import read_field, read_fields
from server.auth.passkeys.passkey import find_last_use, list_doubted_passkeys
from server.auth.people.members import change_role, disable_person, enable_person, get_member, list_members
from server.auth.people.one_time_links import (
    list_open_invites,
    make_invitation_link,
    make_recovery_link,
    withdraw_invite,
)
from server.auth.roles import ROLES, Permission

# Returns the languages that a translator may get: tag and name.
ListLocales = Callable[[], Sequence[tuple[str, str]]]
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")


def add_people_views(views: Blueprint, locales: ListLocales) -> None:
    """Add the views of `/people/…`."""
    _add_change_views(views)

    def render_people_page(*, shown: str = "", shown_for: str = "") -> Response:
        gate = current_gate()
        members = list_members(gate)
        return render_page(
            "auth/people.html",
            members=members,
            used={one.id: find_last_use(gate, one.id) for one in members},
            doubted={one.id: list_doubted_passkeys(gate, one.id) for one in members},
            invites=list_open_invites(gate),
            roles=list(ROLES),
            locales=locales(),
            done=request.args.get("done", ""),
            shown=shown,
            shown_for=shown_for,
        )

    @views.get("/people/")
    @needs(Permission.PEOPLE)
    def people() -> Response:
        return render_people_page()

    @views.post("/people/invite")
    @needs(Permission.PEOPLE, fresh=True)
    def people_invite() -> Response:
        """Invite somebody. The link is shown once, in this answer; the store has only its digest."""
        count_attempt(current_gate(), "invite", current_person().id)
        address = make_invitation_link(current_gate(), current_person(), read_field("role", 20), _read_locales())
        return render_people_page(shown=address)

    @views.post("/people/<digest:person_id>/recover")
    @needs(Permission.PEOPLE, fresh=True)
    def people_recover(person_id: str) -> Response:
        count_attempt(current_gate(), "invite", current_person().id)
        address = make_recovery_link(current_gate(), current_person(), person_id)
        return render_people_page(shown=address, shown_for=get_member(current_gate(), person_id).person.name)


def _add_change_views(views: Blueprint) -> None:
    @views.post("/people/invites/<digest:link_id>/withdraw")
    @needs(Permission.PEOPLE, fresh=True)
    def people_withdraw(link_id: str) -> BaseResponse:
        withdraw_invite(current_gate(), current_person(), link_id)
        return redirect(url_for("auth.people", done="withdrawn"), 303)

    @views.post("/people/<digest:person_id>/role")
    @needs(Permission.PEOPLE, fresh=True)
    def people_role(person_id: str) -> BaseResponse:
        change_role(current_gate(), current_person(), person_id, read_field("role", 20), _read_locales())
        return redirect(url_for("auth.people", done="role"), 303)

    @views.post("/people/<digest:person_id>/disable")
    @needs(Permission.PEOPLE, fresh=True)
    def people_disable(person_id: str) -> BaseResponse:
        disable_person(current_gate(), current_person(), person_id)
        return redirect(url_for("auth.people", done="disabled"), 303)

    @views.post("/people/<digest:person_id>/enable")
    @needs(Permission.PEOPLE, fresh=True)
    def people_enable(person_id: str) -> BaseResponse:
        enable_person(current_gate(), current_person(), person_id)
        return redirect(url_for("auth.people", done="enabled"), 303)


def _read_locales() -> list[str]:
    chosen = read_fields("locales", 35)
    if len(chosen) > 50 or not all(LANGUAGE_TAG.fullmatch(tag) for tag in chosen):
        raise BadInput("locales")
    return chosen
