"""The audit log, for owners: a page of a hundred lines, newest first."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from server.auth.audit import read_audit_page
from server.auth.audit_sentences import describe_audit_entries
from server.auth.guard import current_gate, needs
from server.auth.pages.rendering import render_page
from server.auth.roles import Permission


def add_audit_views(views: Blueprint) -> None:
    """`/audit/`."""

    @views.get("/audit/")
    @needs(Permission.PEOPLE)
    def audit() -> Response:
        before = request.args.get("before", type=int)
        entries = read_audit_page(current_gate().store, before)
        older = entries[-1].seq if entries and entries[-1].seq > 1 else None
        lines = describe_audit_entries(current_app, entries)
        return render_page("auth/audit.html", lines=lines, older=older, newest=before is None)
