"""When a visit that nobody ended is over."""

import pytest

from tests.js.node import Node

HOUR_MS = 3600 * 1000
YEAR_MS = 365 * 24 * HOUR_MS


@pytest.mark.parametrize("hours", [0, 11, -2])
def test_a_visit_is_open_for_twelve_hours(node: Node, hours: int):
    """Two hours ahead is a phone that has changed its time zone by hand."""
    assert node.call("isOpenAfter", hours * HOUR_MS)


@pytest.mark.parametrize("elapsed_ms", [13 * HOUR_MS, YEAR_MS, -13 * HOUR_MS, -3 * YEAR_MS])
def test_a_visit_is_over_whichever_way_the_clock_was_put(node: Node, elapsed_ms: int):
    assert not node.call("isOpenAfter", elapsed_ms)
