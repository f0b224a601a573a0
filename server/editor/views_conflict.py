"""Where the page of a conflict sends what was chosen."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse

from server.auth.guard import needs
from server.auth.roles import Permission
from server.editor.conflict_page import merge
from server.editor.web import OpenDesk, takes, unit_at


def add_conflict_views(views: Blueprint, desk: OpenDesk) -> None:
    """`/<region>/merge/<unit>`."""

    @views.post("/<region:region>/merge/<unit:name>")
    @needs(Permission.TRANSLATE)
    @takes()
    def merge_edits(region: str, name: str) -> BaseResponse:
        return merge(desk(), unit_at(region, name))
