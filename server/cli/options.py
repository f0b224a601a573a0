"""Options that several commands share, and how commands print."""

from __future__ import annotations

import sys
from pathlib import Path

import click

DATA = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    envvar="DOORWISE_DATA",
    show_default=True,
    show_envvar=True,
    help="Folder for everything that is published.",
)
PACKS = click.option(
    "--packs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="DOORWISE_PACKS",
    show_envvar=True,
    help="Folder of region packs; the shipped ones by default.",
)

STORE = click.option(
    "--store",
    envvar="DOORWISE_STORE",
    show_envvar=True,
    help="Address of a PostgreSQL database, postgresql://user@host/database, where several machines share one desk; "
    "without it the desk is kept in the data folder.",
)
ORIGIN = click.option(
    "--origin",
    default="",
    envvar="DOORWISE_ORIGIN",
    show_envvar=True,
    help="Where people open the editors' desk, for example https://desk.example.org.",
)
WHY = click.option(
    "--why",
    default="",
    envvar="DOORWISE_WHY",
    show_envvar=True,
    help="A reason: the desk shows it with what came of it, and its log of changes keeps it.",
)


def print_line(line: str) -> None:
    """Print a progress line at once, so that it is seen before the work that follows."""
    click.echo(line)
    sys.stdout.flush()
