"""Adds the desk to an application. `add_auth` comes before it, `check_access_marks` after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock

from flask import Flask

from server.auth.audit_sentences import register_audit_sentences
from server.auth.gate import Gate, get_utc_now
from server.auth.guard import current_gate
from server.auth.people.members import list_members
from server.auth.roles import Person
from server.editor.desk import Desk
from server.editor.pages.views import make_editor_blueprint
from server.editor.web.audit_sentences import SENTENCES, make_desk_target_namer
from server.publish.build import Sources
from server.publish.data_folder.release import DataFolder
from server.store.shared import SharedReleases


class LazyDesk:
    """The desk over the store that the gate opened, made at the first request that needs it.

    Args:
        packs: The folder of shipped packs.
        folder: What phones are served from.
        sources: What a release is made of, apart from the edits.
        now: The clock, for tests.
    """

    def __init__(
        self, packs: Path, folder: DataFolder, sources: Sources, now: Callable[[], datetime] = get_utc_now
    ) -> None:
        self._packs = packs
        self._folder = folder
        self._sources = sources
        self._now = now
        self._lock = Lock()
        self._desk: Desk | None = None

    def __call__(self) -> Desk:
        """Return the desk.

        Raises:
            StoreError: The store cannot be opened.
        """
        gate = current_gate()
        with self._lock:
            if self._desk is None or self._desk.store is not gate.store:
                self._desk = self._make_desk(gate)
            return self._desk

    def _make_desk(self, gate: Gate) -> Desk:
        def list_people() -> list[Person]:
            return [one.person for one in list_members(gate) if one.active]

        shared = SharedReleases(gate.store)
        return Desk(
            gate.store,
            self._packs,
            self._folder,
            self._sources,
            people=list_people,
            # What one machine publishes, all of them serve.
            turn=lambda: shared.hold_publish_turn(self._folder),
            clock=self._now,
        )


def add_editor(app: Flask, desk: LazyDesk) -> None:
    """Add the desk's pages about guidance to an application."""
    app.register_blueprint(make_editor_blueprint(desk))
    register_audit_sentences(app, SENTENCES, lambda: make_desk_target_namer(desk()))
