"""Ask PostgreSQL whether a commit was made whose connection broke while it was being made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import psycopg
from psycopg.rows import TupleRow


class CommitOutcome(Enum):
    """What became of a commit."""

    MADE = "made"
    LOST = "lost"
    RUNNING = "running"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CommitMark:
    """How to ask for one commit: the number of its transaction, and when the server last began to keep statistics.

    After a crash the server begins its statistics anew, and may give the number of a transaction that never reached its
    disk to another one. Then that number proves nothing.
    """

    transaction: str
    statistics_since: datetime


def mark_commit(connection: psycopg.Connection[TupleRow]) -> CommitMark:
    """Return the mark of the open transaction."""
    row = connection.execute("select pg_current_xact_id()::text, stats_reset from pg_stat_bgwriter").fetchone()
    assert row is not None
    return CommitMark(*row)


def read_commit_outcome(connection: psycopg.Connection[TupleRow], mark: CommitMark) -> CommitOutcome:
    """Return what became of a commit, asked on another connection."""
    query = "select pg_xact_status(%s::xid8), stats_reset from pg_stat_bgwriter"
    try:
        row = connection.execute(query, (mark.transaction,)).fetchone()
    except psycopg.errors.InvalidParameterValue:  # a number that the server has not given out, since it crashed before
        return CommitOutcome.LOST
    assert row is not None
    status, statistics_since = row
    if status == "in progress":
        return CommitOutcome.RUNNING
    if status == "aborted":
        return CommitOutcome.LOST
    return (
        CommitOutcome.MADE
        if status == "committed" and statistics_since == mark.statistics_since
        else CommitOutcome.UNKNOWN
    )
