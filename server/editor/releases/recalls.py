"""Who withdrew a topic, and why. The channel says what is withdrawn; this is only what people read beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.auth.roles import Person
from server.store.protocol import Delete, Put, Store, StoreChange

RECALL = "recall"


@dataclass(frozen=True, slots=True)
class Recall:
    """One topic that somebody withdrew; `by_name` is "" for the server's own console."""

    region: str
    topic: str
    by_name: str
    at: str
    reason: str


def build_recall_change(person: Person | None, region: str, topic: str, *, at: str, reason: str) -> StoreChange:
    """Return the store change that notes who withdrew a topic, and why."""
    body = {"region": region, "topic": topic, "by_name": person.name if person else "", "at": at, "reason": reason}
    return Put(RECALL, f"{region}/{topic}", body)


def build_lift_change(region: str, topic: str) -> StoreChange:
    """Return the store change that forgets it: the topic is on phones again."""
    return Delete(RECALL, f"{region}/{topic}")


def read_recalls(store: Store) -> Mapping[tuple[str, str], Recall]:
    """Return what was noted, by region and topic; a topic that an older program withdrew has no note."""
    found: dict[tuple[str, str], Recall] = {}
    for doc in store.find(RECALL):
        body: Any = doc.body
        found[body["region"], body["topic"]] = Recall(**body)
    return found
