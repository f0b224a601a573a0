"""Publish, go back, recall. The record is written when the release is whole on disk and before the channel moves.

So a crash leaves the old release with the old record, or the new record; in the second case `settle` moves the channel
where the record says, at the next start or the next look at a plan.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from server.auth.audit import audit
from server.auth.errors import NotAllowed
from server.auth.roles import Permission, Person
from server.editor.edits.blobs import Contents
from server.editor.edits.publications import Ledger, Publication, Taken, contents_of
from server.editor.edits.saving import Clock, now
from server.editor.releases.plan import PublishPlan
from server.editor.releases.planner import Planner
from server.editor.units.errors import PlanChanged
from server.editor.units.overlay import layers_of
from server.errors import AppError, PackRefused
from server.publish.build import Progress, Sources, build_release, shipped_digest
from server.publish.channel import ChannelState
from server.publish.current import hold_publish_lock, make_current, roll_back_under_lock, was_current
from server.publish.release import DataFolder
from server.publish.withdraw import recall_topic
from server.store.errors import Conflict
from server.store.protocol import Append, Json, Store

# What is done to the channel happens inside: where machines share one desk, on the newest state, and for all of them
# (`SharedReleases.turn`).
Turn = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One move of the channel: `why` is publish, rollback or start. `edits` counts the edited units in the release."""

    release: str
    at: str
    why: str
    by_name: str
    edits: int
    is_current: bool


class Publishing:
    """What is done to the channel of one data folder, and the record of it in the store. Not within another `turn`."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        folder: DataFolder,
        sources: Sources,
        planner: Planner,
        clock: Clock = now,
        turn: Turn = contextlib.nullcontext,
    ) -> None:
        self._turn = turn
        self._store = store
        self._ledger = ledger
        self._folder = folder
        self._sources = sources
        self._planner = planner
        self._clock = clock

    def plan(self) -> PublishPlan:
        """Give what a publish would do now."""
        if _unsettled(self._ledger, self._folder):
            with self._turn(), hold_publish_lock(self._folder, "doorwise desk"):
                settle(self._ledger, self._folder)
        return self._planner.prepare().plan

    def publish(self, person: Person, plan_digest: str) -> ChannelState:
        """Publish what the plan of that digest shows.

        Raises:
            NotAllowed: This person may not publish.
            PlanChanged: Something was reviewed, shipped or published meanwhile; nothing was published.
            PackRefused: The checker refuses it; nothing was published.
            DataFolderError, StoreError: It could not be written; phones get what they got before.
        """
        _may_publish(person)
        with self._turn(), hold_publish_lock(self._folder, "the desk's publish"):
            settle(self._ledger, self._folder)
            version = self._ledger.version()
            prepared = self._planner.prepare(to_publish=True)
            if prepared.plan.digest != plan_digest:
                raise PlanChanged("what would be published has changed; look at it again")
            if prepared.built is None:
                lines = [str(one) for one in prepared.plan.errors]
                raise PackRefused("\n".join([*lines, f"{len(lines)} errors: nothing was published"]))
            release = prepared.built.release.digest
            line = audit(person, "release.published", release[:12], edits=len(prepared.plan.units))
            record = self._recorder(release, prepared.taken, "publish", person, line, version)
            with _undone_on_failure(self._ledger, self._folder):
                return make_current(self._folder, prepared.built, record=record)

    def rollback(self, person: Person, digest: str | None = None) -> ChannelState:
        """Go back to an earlier release, by default the one before; what was published since is to be published again.

        Raises:
            NotAllowed: This person may not publish.
            UnknownRelease, PackRefused: There is no such release, or it is not whole.
        """
        _may_publish(person)
        return self._go_back(digest, person)

    def rollback_from_console(self, digest: str | None = None, why: str = "") -> ChannelState:
        """Do the same for the server's own console; `why` goes into the log of changes."""
        return self._go_back(digest, None, why)

    def recall(self, person: Person, region: str, topic: str, *, lift: bool = False) -> list[str]:
        """Withdraw a topic from every phone at its next contact, or bring it back; give its addresses.

        Raises:
            NotAllowed: This person may not publish.
            PackRefused: There is no such topic to withdraw, or to bring back.
        """
        _may_publish(person)
        with self._turn():
            return recall_and_log(self._store, self._folder, person, region, topic, lift=lift)

    def releases(self) -> list[ReleaseLine]:
        """Give how the channel moved, the newest first."""
        state = self._folder.channel.read()
        noted = {(one.moves, one.release): one for one in self._ledger.history()}
        lines = []
        for number, move in enumerate(state.moves):
            one = noted.get((number, move.release))
            edits = len(self._ledger.taken(one)) if one else 0
            name, why = (one.by_name, one.why) if one else ("", move.why)
            lines.append(ReleaseLine(move.release, move.at, why, name, edits, number == len(state.moves) - 1))
        return lines[::-1]

    def _go_back(self, digest: str | None, person: Person | None, why: str = "") -> ChannelState:
        def record(release: str) -> None:
            of = self._ledger.of_release(release)
            line = audit(person, "release.rolled-back", release[:12], **_given(why))
            self._recorder(release, self._ledger.taken(of) if of else {}, "rollback", person, line, version)()

        with self._turn(), hold_publish_lock(self._folder, "the desk's rollback"):
            settle(self._ledger, self._folder)
            version = self._ledger.version()
            with _undone_on_failure(self._ledger, self._folder):
                return roll_back_under_lock(self._folder, digest, record=record)

    def _recorder(
        self, release: str, taken: Taken, why: str, person: Person | None, line: Append, version: int
    ) -> Callable[[], None]:
        one = _publication(self._ledger, self._folder, release, taken, why, self._clock())
        one = replace(one, shipped=shipped_digest(self._sources))
        one = replace(one, by=person.id, by_name=person.name) if person else one
        return lambda: self._ledger.note(one, [line], expect=version)


def publish_shipped(
    store: Store,
    folder: DataFolder,
    sources: Sources,
    *,
    progress: Progress = lambda line: None,
    only_if_new: bool = False,
    reason: str = "",
    clock: Clock = now,
) -> ChannelState:
    """Publish the shipped packs with the edits that were published last, never a draft; what a server does at start.

    A release that phones did not have gets a line in the log of changes, with the `reason` where there is one.
    With `only_if_new` the channel moves only to a release that it never named, and not away from one that somebody
    went back to, unless the shipped files changed since.

    Raises:
        PackRefused: The packs have errors, perhaps only with the edits.
        DataFolderError, StoreError: Something cannot be read or written; the old release stays current.
    """
    contents = Contents(store)
    ledger = Ledger(store, contents)
    with hold_publish_lock(folder, "doorwise release publish"):
        settle(ledger, folder)
        version, current, shipped = ledger.version(), ledger.current(), shipped_digest(sources)
        state = folder.channel.read()
        unchanged = current and (current.release, current.shipped) == (state.release, shipped)
        # Compiling would give what is there: a start is quicker without, as long as no file of it was lost.
        if only_if_new and current and unchanged and not folder.verify(current.release):
            return state
        taken = ledger.taken(current) if current else {}
        edits = layers_of(contents_of(taken, contents))
        built = build_release(replace(sources, edits=edits), progress=progress)
        release = built.release.digest
        if only_if_new and state.release not in (None, release):
            held = current is not None and current.why == "rollback" and current.shipped == shipped
            if held or was_current(state, release):
                return state

        lines = [] if state.release == release else [audit(None, "release.shipped", release[:12], **_given(reason))]

        def record() -> None:
            if current is None or current.release != release:
                one = _publication(ledger, folder, release, taken, "start", clock())
                ledger.note(replace(one, shipped=shipped), lines, expect=version)
            elif lines:
                store.commit(lines)

        with _undone_on_failure(ledger, folder):
            return make_current(folder, built, progress=progress, record=record)


def recall_and_log(
    store: Store,
    folder: DataFolder,
    person: Person | None,
    region: str,
    topic: str,
    *,
    lift: bool = False,
    why: str = "",
) -> list[str]:
    """Withdraw a topic, or bring it back, with a line in the log of changes; `person` None is the server's console.

    Raises:
        PackRefused: There is no such topic to withdraw, or to bring back.
    """
    line = audit(person, "topic.lifted" if lift else "topic.recalled", f"{region}/{topic}", **_given(why))

    def record() -> None:
        store.commit([line])

    return recall_topic(folder, region, topic, lift=lift, record=record)


def settle(ledger: Ledger, folder: DataFolder) -> None:
    """Finish what was recorded and interrupted before the channel moved. The caller holds `publishing`."""
    current = ledger.current()
    if current is not None and _unsettled(ledger, folder) and not folder.verify(current.release):
        folder.channel.move(current.release, why="rollback" if current.why == "rollback" else "publish")


def _unsettled(ledger: Ledger, folder: DataFolder) -> bool:
    current, state = ledger.current(), folder.channel.read()
    # A channel that has moved since was moved by something that keeps no record: that stands.
    return current is not None and current.release != state.release and current.moves == len(state.moves)


@contextlib.contextmanager
def _undone_on_failure(ledger: Ledger, folder: DataFolder) -> Iterator[None]:
    """Take the record back when the channel did not follow it: who was told that it failed must not see it happen later.

    A process that dies is another matter: nobody was told anything, and `settle` finishes.
    """
    before, release = ledger.current(), folder.channel.read().release
    try:
        yield
    except Conflict as error:
        raise PlanChanged("somebody else published at the same moment; look at it again") from error
    except AppError:
        if ledger.current() != before and folder.channel.read().release == release:
            ledger.undo(before)
        raise


def _publication(ledger: Ledger, folder: DataFolder, release: str, taken: Taken, why: str, at: datetime) -> Publication:
    moves = len(folder.channel.read().moves)
    return Publication(release, ledger.keep(taken), "", why, at.isoformat(timespec="seconds"), "", "", moves)


def _given(why: str) -> dict[str, Json]:
    return {"why": why} if why else {}


def _may_publish(person: Person) -> None:
    if not person.may(Permission.PUBLISH):
        raise NotAllowed(f"{person.name} may not publish")
