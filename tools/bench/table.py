"""Budgets, what was measured, and the table of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Unit = Literal["B", "s", "", "x", "MB", "B/topic", "ms/topic", "ms"]


def format_number(value: float, unit: Unit) -> str:
    """A number with its unit, for people."""
    if unit in ("", "B", "B/topic"):
        return f"{value:,.0f} {unit}".strip()
    if unit in ("MB", "ms/topic", "ms"):
        return f"{value:.1f} {unit}"
    return f"{value:.2f}{'x' if unit == 'x' else ' s'}"


@dataclass(slots=True)
class Row:
    """One line of the table. `limit` is None for what is told and not judged."""

    name: str
    unit: Unit
    values: Sequence[float]
    limit: float | None = None
    at_least: bool = False
    why: Sequence[str] = field(default_factory=list)  # facts that explain the number, printed when it misses

    @property
    def median(self) -> float:
        """The middle of what was measured."""
        return median(self.values)

    @property
    def missed(self) -> bool:
        """Return whether the median is on the wrong side of the limit."""
        if self.limit is None:
            return False
        return self.median < self.limit if self.at_least else self.median > self.limit

    def format_cells(self, known: bool) -> tuple[str, ...]:
        """Return what the table shows of it."""
        limit = (
            "" if self.limit is None else f"{'>=' if self.at_least else '<='} {format_number(self.limit, self.unit)}"
        )
        low, high = min(self.values), max(self.values)
        spread = "" if len(self.values) == 1 else f"{format_number(low, self.unit)} .. {format_number(high, self.unit)}"
        verdict = "" if self.limit is None else ("known" if known else "MISS") if self.missed else "PASS"
        return self.name, limit, format_number(self.median, self.unit), spread, str(len(self.values)), verdict


HEAD = ("budget", "limit", "median", "spread (min .. max)", "n", "")


def render_table(rows: Sequence[Row], known: Callable[[Row], str | None]) -> str:
    """Return the table, and under it the reason of every miss."""
    cells = [HEAD, *(row.format_cells(known(row) is not None) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    lines = []
    for line in cells:
        padded = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:5], widths[1:5], strict=True)),
        ]
        lines.append("  ".join([*padded, line[5]]).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    missed = [row for row in rows if row.missed]
    told: dict[tuple[str, ...], str] = {}
    for row in missed:
        lines += [
            "",
            f"{row.name}: {format_number(row.median, row.unit)} where {row.format_cells(False)[1]} is the budget",
        ]
        if reason := known(row):
            lines.append(f"  known: {reason}")
        same = told.setdefault(tuple(row.why), row.name)
        lines += [f"  {fact}" for fact in row.why] if same == row.name else [f"  as for {same}"]
    judged = sum(row.limit is not None for row in rows)
    lines += ["", f"{judged - len(missed)} of {judged} budgets kept" + (f", {len(missed)} missed" if missed else "")]
    return "\n".join(lines)
