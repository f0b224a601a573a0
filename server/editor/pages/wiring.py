"""Puts the editing room into an application. `add_auth` comes before it, `check_marks` after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock

from flask import Flask

from server.auth.audit_words import add_sentences
from server.auth.gate import Gate, utc_now
from server.auth.guard import current_gate
from server.auth.members import all_members
from server.auth.roles import Person
from server.editor.desk import Desk
from server.editor.pages.views import editor_views
from server.editor.web.audit_words import SENTENCES, name_target
from server.publish.build import Sources
from server.publish.release import DataFolder
from server.store.shared import SharedReleases


class LazyDesk:
    """The desk over the store that the gate has opened: made at the first request that needs it."""

    def __init__(self, packs: Path, folder: DataFolder, sources: Sources, now: Callable[[], datetime]) -> None:
        self._packs = packs
        self._folder = folder
        self._sources = sources
        self._now = now
        self._lock = Lock()
        self._desk: Desk | None = None

    def __call__(self) -> Desk:
        """The desk.

        Raises:
            StoreError: The store cannot be opened.
        """
        gate = current_gate()
        with self._lock:
            if self._desk is None or self._desk.store is not gate.store:
                self._desk = self._made(gate)
            return self._desk

    def _made(self, gate: Gate) -> Desk:
        def people() -> list[Person]:
            return [one.person for one in all_members(gate) if one.active]

        shared = SharedReleases(gate.store)
        return Desk(
            gate.store,
            self._packs,
            self._folder,
            self._sources,
            people=people,
            # What one machine publishes, all of them serve.
            turn=lambda: shared.turn(self._folder),
            clock=self._now,
        )


def add_editor(
    app: Flask, *, packs: Path, folder: DataFolder, sources: Sources, now: Callable[[], datetime] = utc_now
) -> None:
    """Add the desk's pages about guidance.

    Args:
        app: The application.
        packs: The folder of shipped packs.
        folder: What phones are served from.
        sources: What a release is made of, apart from the edits.
        now: The clock, for tests.
    """
    desk = LazyDesk(packs, folder, sources, now)
    app.register_blueprint(editor_views(desk))
    add_sentences(app, SENTENCES, lambda: name_target(desk()))
