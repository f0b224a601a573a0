"""The owners' page: who is here, who is invited, what each may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from server.auth.errors import BadInput
from server.auth.forms import field, fields
from server.auth.guard import current_gate, current_person, needs
from server.auth.limits import count_attempt
from server.auth.links import invite, open_invites, start_recovery, withdraw_invite
from server.auth.members import all_members, change_role, disable, enable, get_member
from server.auth.pages import render_page
from server.auth.passkeys import last_used
from server.auth.roles import ROLES, Permission

# The languages that translators can be asked for: tag and name.
Locales = Callable[[], Sequence[tuple[str, str]]]
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")


def add_people_views(views: Blueprint, locales: Locales) -> None:
    """`/people/…`."""
    _add_changes(views)

    def page(*, shown: str = "", shown_for: str = "") -> Response:
        gate = current_gate()
        members = all_members(gate)
        return render_page(
            "auth/people.html",
            members=members,
            used={one.id: last_used(gate, one.id) for one in members},
            invites=open_invites(gate),
            roles=list(ROLES),
            locales=locales(),
            done=request.args.get("done", ""),
            shown=shown,
            shown_for=shown_for,
        )

    @views.get("/people/")
    @needs(Permission.PEOPLE)
    def people() -> Response:
        return page()

    @views.post("/people/invite")
    @needs(Permission.PEOPLE, fresh=True)
    def people_invite() -> Response:
        """The link is shown once, in this answer; the store has only its digest."""
        count_attempt(current_gate(), "invite", current_person().id)
        address = invite(current_gate(), current_person(), field("role", 20), _locales())
        return page(shown=address)

    @views.post("/people/<digest:person_id>/recover")
    @needs(Permission.PEOPLE, fresh=True)
    def people_recover(person_id: str) -> Response:
        count_attempt(current_gate(), "invite", current_person().id)
        address = start_recovery(current_gate(), current_person(), person_id)
        return page(shown=address, shown_for=get_member(current_gate(), person_id).person.name)


def _add_changes(views: Blueprint) -> None:
    @views.post("/people/invites/<digest:link_id>/withdraw")
    @needs(Permission.PEOPLE, fresh=True)
    def people_withdraw(link_id: str) -> BaseResponse:
        withdraw_invite(current_gate(), current_person(), link_id)
        return redirect(url_for("auth.people", done="withdrawn"), 303)

    @views.post("/people/<digest:person_id>/role")
    @needs(Permission.PEOPLE, fresh=True)
    def people_role(person_id: str) -> BaseResponse:
        change_role(current_gate(), current_person(), person_id, field("role", 20), _locales())
        return redirect(url_for("auth.people", done="role"), 303)

    @views.post("/people/<digest:person_id>/disable")
    @needs(Permission.PEOPLE, fresh=True)
    def people_disable(person_id: str) -> BaseResponse:
        disable(current_gate(), current_person(), person_id)
        return redirect(url_for("auth.people", done="disabled"), 303)

    @views.post("/people/<digest:person_id>/enable")
    @needs(Permission.PEOPLE, fresh=True)
    def people_enable(person_id: str) -> BaseResponse:
        enable(current_gate(), current_person(), person_id)
        return redirect(url_for("auth.people", done="enabled"), 303)


def _locales() -> list[str]:
    chosen = fields("locales", 35)
    if len(chosen) > 50 or not all(LANGUAGE_TAG.fullmatch(tag) for tag in chosen):
        raise BadInput("locales")
    return chosen
