"""What more topics cost: offline bytes and time may grow with the text, an update may not.

The packs have one locale, which is what one phone keeps.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tools.bench.link import FAST, SLOW, Link
from tools.bench.packs import write_many_topics
from tools.bench.searching import FOUND_S, SLOWED, measure_search_times
from tools.bench.setting import KEY, Setting, print_progress, publish_folder
from tools.bench.table import Row, Unit, format_number
from tools.bench.updates import (
    EDITED_B,
    describe_exchanges,
    edit_topic,
    make_phone_ready,
    open_home_again,
    read_current_release,
    sum_received_bytes,
)

SIZES = (20, 100, 500, 2_000)
QUICK = SIZES[:3]
# The largest pack takes about four times as long as the one before it; beyond this it is left out.
ENOUGH_S = 240.0
# A pack of more topics than this is fetched on the fast link alone: on the slow one it is minutes of waiting for bytes.
MOST_ON_SLOW_LINK = 500
# Growth in step with the text is 1; what is beyond this is more than noise and rounding.
STEADY = 1.25
# The slow link's time also holds what a shared machine adds.
STEADY_TIME = 1.5
# An update may differ by its digests and line numbers.
UPDATE_GROWTH = 1.1


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured of one pack."""

    topics: int
    text: int
    offline: int
    publish_s: float
    publish_cpu_s: float
    start_s: float
    ready_s: float | None
    fast_ready_s: float
    first_result_s: float
    result_s: float
    update: int
    update_why: list[str]


def measure(setting: Setting) -> list[Row]:
    """One line of numbers for each size, and how the last step grew beside the one before it."""
    sizes: list[Size] = []
    left_out: list[Row] = []
    for topics in QUICK if setting.quick else SIZES:
        began = time.monotonic()
        sizes.append(_measure_size(setting, topics))
        took = time.monotonic() - began
        if topics == SIZES[-2] and took > ENOUGH_S:
            name = f"{SIZES[-1]} topics left out: this machine is too busy, {topics} took"
            left_out = [Row(name, "s", [took])]
            break
    rows: list[Row] = []
    for one in sizes:
        name = f"{one.topics} topics"
        # The design's hundred milliseconds are for a region's guidance, which is what the smallest pack is.
        budget = FOUND_S if one.topics == SIZES[0] else None
        if one.ready_s is not None:
            rows.append(Row(f"{name}: first visit ready, 400 kbit/s and 400 ms", "s", [one.ready_s]))
        rows += [
            Row(f"{name}: offline bytes (bundle on the wire)", "B", [one.offline]),
            Row(f"{name}: publish after an edit", "s", [one.publish_s]),
            Row(f"{name}: publish after an edit, processor time", "s", [one.publish_cpu_s]),
            Row(f"{name}: restart of the server", "s", [one.start_s]),
            Row(f"{name}: first visit ready, fast link", "s", [one.fast_ready_s]),
            Row(f"{name}: search, first letter to its results, slowed {SLOWED}x", "s", [one.first_result_s]),
            Row(f"{name}: search, a letter to its results, slowed {SLOWED}x", "s", [one.result_s], budget),
            Row(f"{name}: return after an edit", "B", [one.update], EDITED_B, why=one.update_why),
        ]
    rows += [
        _compare_steps("offline bytes", "B", [one.offline for one in sizes], sizes, STEADY),
        _compare_steps("publish, processor time", "s", [one.publish_cpu_s for one in sizes], sizes, STEADY),
        _compare_steps("first visit, fast link", "s", [one.fast_ready_s for one in sizes], sizes, STEADY_TIME),
        _compare_steps("search, a letter to its results", "s", [one.result_s for one in sizes], sizes, STEADY_TIME),
        Row(
            f"growth: update, {sizes[-1].topics} topics beside {sizes[0].topics}",
            "x",
            [sizes[-1].update / sizes[0].update],
            UPDATE_GROWTH,
            why=[f"{one.topics} topics: {format_number(one.update, 'B')}" for one in sizes],
        ),
    ]
    return rows + left_out


def _compare_steps(name: str, unit: Unit, costs: Sequence[float], sizes: Sequence[Size], limit: float) -> Row:
    """Return what a byte more of topic text cost in the last step, beside what it cost in the step before it."""
    small, middle, large = sizes[-3:]
    before = (costs[-2] - costs[-3]) / (middle.text - small.text)
    last = (costs[-1] - costs[-2]) / (large.text - middle.text)
    why = [
        f"{one.topics} topics, {one.text:,} B of text: {format_number(cost, unit)}"
        for one, cost in zip(sizes, costs, strict=True)
    ]
    if before <= 0:
        return Row(
            f"growth: {name}, last step beside the one before",
            "x",
            [0.0],
            why=[*why, "the earlier step is lost in noise"],
        )
    return Row(f"growth: {name}, last step beside the one before", "x", [last / before], limit, why=why)


def _read_children_cpu_s() -> float:
    """Processor time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _measure_size(setting: Setting, topics: int) -> Size:
    print_progress(f"growth: {topics} topics")
    name = f"growth-{topics}"
    packs = setting.folder / name / "packs"
    write_many_topics(packs, topics)
    text = sum(path.stat().st_size for path in (packs / KEY / "topics").glob("*.md"))
    profile = setting.folder / f"{name}-phone"
    publish_folder(setting.folder / name)
    began = time.monotonic()
    with setting.start_server(name) as server:
        start_s = time.monotonic() - began
        before = read_current_release(server)
        ready_s = None
        if topics <= MOST_ON_SLOW_LINK:
            with Link(server.port, SLOW) as link:
                ready_s, _ = make_phone_ready(setting.playwright, setting.folder / f"{name}-slow", link)
        with Link(server.port, FAST) as link:
            fast_ready_s, _ = make_phone_ready(setting.playwright, profile, link)
            edit_topic(packs, 0)
            began, used = time.monotonic(), _read_children_cpu_s()
            publish_folder(setting.folder / name)
            publish_s, publish_cpu_s = time.monotonic() - began, _read_children_cpu_s() - used
            assert read_current_release(server) != before
            exchanges = open_home_again(setting.playwright, profile, link, read_current_release(server))
            first_result_s, result_s = measure_search_times(setting.playwright, profile, link)
        slice_ = server.get("/channel.json")[2].decode().partition(f'"{KEY}":"')[2][:64]
        offline = len(server.get(f"/b/{slice_}.bundle", {"Accept-Encoding": "br"})[2])
    return Size(
        topics=topics,
        text=text,
        offline=offline,
        publish_s=publish_s,
        publish_cpu_s=publish_cpu_s,
        start_s=start_s,
        ready_s=ready_s,
        fast_ready_s=fast_ready_s,
        first_result_s=first_result_s,
        result_s=result_s,
        update=sum_received_bytes(exchanges),
        update_why=describe_exchanges(exchanges),
    )
