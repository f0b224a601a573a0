"""Publish, roll back, recall. The record is written when the release is whole on disk and before the channel moves.

So a crash leaves the old release with the old record, or the new record; in the second case `finish_interrupted_channel_move`
moves the channel to the recorded release, at the next start or the next plan.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from server.auth.audit import make_audit_line
from server.auth.errors import AccessDenied
from server.auth.gate import get_utc_now
from server.auth.roles import Permission, Person
from server.editor.edits.blobs import Contents
from server.editor.edits.publications import Ledger, Publication, UnitStates, read_contents_of_states
from server.editor.edits.saving import Clock
from server.editor.releases.plan import PublishPlan
from server.editor.releases.planner import Planner
from server.editor.releases.recalls import build_lift_change, build_recall_change
from server.editor.releases.rollback import RollbackPlan, plan_rollback
from server.editor.units.errors import PlanChanged
from server.editor.units.overlay import build_layers
from server.errors import AppError, PackRefused
from server.publish.build import Progress, Sources, build_release, compute_shipped_digest
from server.publish.current import hold_publish_lock, publish_built_release, roll_back_under_lock, was_ever_current
from server.publish.data_folder.channel import ChannelState
from server.publish.data_folder.release import DataFolder
from server.publish.withdraw import recall_topic
from server.store.errors import Conflict
from server.store.protocol import Append, Json, Store

# A context in which the channel may be changed: where machines share one desk, on the newest state, and for all of
# them (`SharedReleases.hold_publish_turn`).
Turn = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One move of the channel: `why` is publish, rollback or start. `edits` counts the edited units in the release.

    `reason` is why somebody went back, in their own words.
    """

    release: str
    at: str
    why: str
    by_name: str
    edits: int
    is_current: bool
    reason: str = ""


class Publishing:
    """Change the channel of one data folder, and record it in the store. Not within another turn."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        folder: DataFolder,
        sources: Sources,
        planner: Planner,
        clock: Clock = get_utc_now,
        turn: Turn = contextlib.nullcontext,
    ) -> None:
        self._turn = turn
        self._store = store
        self._ledger = ledger
        self._folder = folder
        self._sources = sources
        self._planner = planner
        self._clock = clock

    def make_plan(self) -> PublishPlan:
        """Return what a publish would do now."""
        if _is_channel_move_pending(self._ledger, self._folder):
            with self._turn(), hold_publish_lock(self._folder, "doorwise desk"):
                finish_interrupted_channel_move(self._ledger, self._folder)
        return self._planner.prepare_plan().plan

    def publish_plan(self, person: Person, plan_digest: str) -> ChannelState:
        """Publish exactly the plan of that digest.

        Raises:
            AccessDenied: This person may not publish.
            PlanChanged: Something was reviewed, shipped or published since; nothing was published.
            PackRefused: The checker refuses it; nothing was published.
            DataFolderError, StoreError: It could not be written; phones still get the old release.
        """
        _check_may_publish(person)
        with self._turn(), hold_publish_lock(self._folder, "the desk's publish"):
            finish_interrupted_channel_move(self._ledger, self._folder)
            version = self._ledger.read_document_version()
            prepared = self._planner.prepare_plan(to_publish=True)
            if prepared.plan.digest != plan_digest:
                raise PlanChanged("what would be published has changed; look at it again")
            if prepared.built is None:
                lines = [str(one) for one in prepared.plan.errors]
                raise PackRefused("\n".join([*lines, f"{len(lines)} errors: nothing was published"]))
            release = prepared.built.release.digest
            line = make_audit_line(person, "release.published", release[:12], edits=len(prepared.plan.units))
            record = self._make_recorder(release, prepared.states, "publish", person, line, version)
            with _undo_on_failure(self._ledger, self._folder):
                return publish_built_release(self._folder, prepared.built, record=record)

    def roll_back(self, person: Person, digest: str | None = None, *, reason: str = "") -> ChannelState:
        """Go back to an earlier release, by default the previous one; edits published since must be published again.

        The reason is shown where the texts are, and goes into the log of changes.

        Raises:
            AccessDenied: This person may not publish.
            UnknownRelease, PackRefused: There is no such release, or it is not whole.
        """
        _check_may_publish(person)
        return self._roll_back_and_record(digest, person, reason)

    def roll_back_from_console(self, digest: str | None = None, why: str = "") -> ChannelState:
        """Do the same for the server's own console."""
        return self._roll_back_and_record(digest, None, why)

    def recall_topic(
        self, person: Person, region: str, topic: str, *, lift: bool = False, reason: str = ""
    ) -> list[str]:
        """Withdraw a topic from every phone at its next contact, or restore it. Return its addresses.

        Raises:
            AccessDenied: This person may not publish.
            PackRefused: There is no such topic to withdraw, or to bring back.
        """
        _check_may_publish(person)
        with self._turn():
            return recall_and_log(
                self._store, self._folder, person, region, topic, lift=lift, why=reason, clock=self._clock
            )

    def plan_rollback(self, release: str) -> RollbackPlan:
        """Return what going back to a release would change. Raises DataFolderError."""
        return plan_rollback(self._ledger, self._folder, release)

    def list_releases(self) -> list[ReleaseLine]:
        """Return how the channel moved, newest first."""
        state = self._folder.channel.read()
        noted = {(one.moves, one.release): one for one in self._ledger.list_publications()}
        lines = []
        for number, move in enumerate(state.moves):
            one = noted.get((number, move.release))
            edits = len(self._ledger.read_states(one)) if one else 0
            name, why, reason = (one.by_name, one.why, one.reason) if one else ("", move.why, "")
            is_current = number == len(state.moves) - 1
            lines.append(ReleaseLine(move.release, move.at, why, name, edits, is_current, reason))
        return lines[::-1]

    def _roll_back_and_record(self, digest: str | None, person: Person | None, why: str = "") -> ChannelState:
        def record_rollback(release: str) -> None:
            of = self._ledger.find_publication(release)
            line = make_audit_line(person, "release.rolled-back", release[:12], **_make_reason_parameter(why))
            states = self._ledger.read_states(of) if of else {}
            self._make_recorder(release, states, "rollback", person, line, version, why)()

        with self._turn(), hold_publish_lock(self._folder, "the desk's rollback"):
            finish_interrupted_channel_move(self._ledger, self._folder)
            version = self._ledger.read_document_version()
            with _undo_on_failure(self._ledger, self._folder):
                return roll_back_under_lock(self._folder, digest, record=record_rollback)

    def _make_recorder(
        self,
        release: str,
        taken: UnitStates,
        why: str,
        person: Person | None,
        line: Append,
        version: int,
        reason: str = "",
    ) -> Callable[[], None]:
        one = _make_publication(self._ledger, self._folder, release, taken, why, self._clock())
        by, by_name = (person.id, person.name) if person else ("", "")
        one = replace(one, shipped=compute_shipped_digest(self._sources), by=by, by_name=by_name, reason=reason)
        return lambda: self._ledger.record_publication(one, [line], expect=version)


def publish_shipped_packs(
    store: Store,
    folder: DataFolder,
    sources: Sources,
    *,
    progress: Progress = lambda line: None,
    only_if_new: bool = False,
    reason: str = "",
    clock: Clock = get_utc_now,
) -> ChannelState:
    """Publish the shipped packs with the last published edits, never a draft. A server does this at start.

    A release that phones did not have gets a line in the log of changes, with the `reason` where there is one.
    With `only_if_new` the channel moves only to a release that it never named. It does not leave a release that somebody
    went back to, unless the shipped files changed since.

    Raises:
        PackRefused: The packs have errors, perhaps only with the edits.
        DataFolderError, StoreError: Something cannot be read or written; the old release stays current.
    """
    contents = Contents(store)
    ledger = Ledger(store, contents)
    with hold_publish_lock(folder, "doorwise release publish"):
        finish_interrupted_channel_move(ledger, folder)
        version, current, shipped = (
            ledger.read_document_version(),
            ledger.find_current(),
            compute_shipped_digest(sources),
        )
        state = folder.channel.read()
        if only_if_new and _is_shipped_already(folder, state, current, shipped):
            return state
        taken = ledger.read_states(current) if current else {}
        edits = build_layers(read_contents_of_states(taken, contents))
        built = build_release(replace(sources, edits=edits), progress=progress)
        release = built.release.digest
        if only_if_new and _must_keep_current(state, current, shipped, release):
            return state

        lines = (
            []
            if state.release == release
            else [make_audit_line(None, "release.shipped", release[:12], **_make_reason_parameter(reason))]
        )

        def record_publication_at_start() -> None:
            if current is None or current.release != release:
                one = _make_publication(ledger, folder, release, taken, "start", clock())
                ledger.record_publication(replace(one, shipped=shipped), lines, expect=version)
            elif lines:
                store.commit(lines)

        with _undo_on_failure(ledger, folder):
            return publish_built_release(folder, built, progress=progress, record=record_publication_at_start)


def _is_shipped_already(folder: DataFolder, state: ChannelState, current: Publication | None, shipped: str) -> bool:
    """Return whether the current release was made of these shipped files and is whole: compiling would give the same."""
    return (
        current is not None
        and (current.release, current.shipped) == (state.release, shipped)
        and not folder.verify(current.release)
    )


def _must_keep_current(state: ChannelState, current: Publication | None, shipped: str, release: str) -> bool:
    """Return whether a start must not publish `release`: it was current before, or somebody went back from it."""
    went_back = current is not None and current.why == "rollback" and current.shipped == shipped
    return state.release not in (None, release) and (went_back or was_ever_current(state, release))


def recall_and_log(
    store: Store,
    folder: DataFolder,
    person: Person | None,
    region: str,
    topic: str,
    *,
    lift: bool = False,
    why: str = "",
    clock: Clock = get_utc_now,
) -> list[str]:
    """Withdraw a topic, or bring it back, with a line in the log of changes; `person` None is the server's console.

    Raises:
        PackRefused: There is no such topic to withdraw, or to bring back.
    """
    line = make_audit_line(
        person, "topic.lifted" if lift else "topic.recalled", f"{region}/{topic}", **_make_reason_parameter(why)
    )

    at = clock().isoformat(timespec="seconds")
    note = build_recall_change(person, region, topic, at=at, reason=why)

    def record_in_log() -> None:
        store.commit([line, build_lift_change(region, topic) if lift else note])

    return recall_topic(folder, region, topic, lift=lift, record=record_in_log)


def finish_interrupted_channel_move(ledger: Ledger, folder: DataFolder) -> None:
    """Move the channel to the recorded release if a crash came in between. The caller holds the publish lock."""
    current = ledger.find_current()
    if current is not None and _is_channel_move_pending(ledger, folder) and not folder.verify(current.release):
        folder.channel.move(current.release, why="rollback" if current.why == "rollback" else "publish")


def _is_channel_move_pending(ledger: Ledger, folder: DataFolder) -> bool:
    current, state = ledger.find_current(), folder.channel.read()
    # A channel that has moved since was moved by something that keeps no record: it stays there.
    return current is not None and current.release != state.release and current.moves == len(state.moves)


@contextlib.contextmanager
def _undo_on_failure(ledger: Ledger, folder: DataFolder) -> Iterator[None]:
    """Take the record back when the channel did not move: a publish that was reported as failed must not happen later.

    A process that dies is another matter: nothing was reported, and `finish_interrupted_channel_move` completes the move.
    """
    before, release = ledger.find_current(), folder.channel.read().release
    try:
        yield
    except Conflict as error:
        raise PlanChanged("somebody else published at the same moment; look at it again") from error
    except AppError:
        if ledger.find_current() != before and folder.channel.read().release == release:
            ledger.restore_publication(before)
        raise


def _make_publication(
    ledger: Ledger, folder: DataFolder, release: str, taken: UnitStates, why: str, at: datetime
) -> Publication:
    moves = len(folder.channel.read().moves)
    return Publication(release, ledger.save_states(taken), "", why, at.isoformat(timespec="seconds"), "", "", moves)


def _make_reason_parameter(why: str) -> dict[str, Json]:
    return {"why": why} if why else {}


def _check_may_publish(person: Person) -> None:
    if not person.may(Permission.PUBLISH):
        raise AccessDenied(f"{person.name} may not publish")
