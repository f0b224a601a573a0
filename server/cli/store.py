"""Commands for the desk's data: move, check, back up, restore, and check whether an upgrade is safe."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from server.cli.options import DATA, PACKS, STORE, print_line
from server.errors import AppError
from server.publish.build import load_packs
from server.publish.data_folder.lock import hold_lock
from server.publish.data_folder.release import DataFolder
from server.resources import resource_folder
from server.store.address import hide_password, is_address
from server.store.archive import read_archive, write_archive
from server.store.content import (
    Instance,
    fill_instance,
    open_held_instance,
    open_instance,
    open_instance_snapshot,
)
from server.store.errors import NotWhole, StoreUnavailable
from server.store.open import record_store_move


@click.group()
def store() -> None:
    """Look after what the desk keeps: edits, history, people."""


@store.command("migrate")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def store_migrate(source: str, target: str) -> None:
    """Move everything FROM one store TO another, empty one, and compare.

    Each is a data folder, or the address of a PostgreSQL database. The source is only read, but for a note in a folder that
    says where its content went: nothing starts from it by mistake then. End the servers that use it first, so that nothing
    is saved there any more. A password is better in PGPASSWORD or in a passfile than on the command
    line, where everybody on this machine can see it.
    """
    with (
        _open_unused_instance(source, "doorwise store migrate", must_hold=True) as old,
        _open_unused_instance(target, "doorwise store migrate") as new,
    ):
        with open_instance_snapshot(old) as content:
            fill_instance(new, content, progress=print_line)
        if not is_address(source):
            record_store_move(Path(source), new.place)
        told = "" if is_address(source) else ", and says where it went"
        print_line(f"moved from {old.place} to {new.place}; {old.place} keeps what it had{told}")


@store.command("check")
@DATA
@STORE
def store_check(data: Path, store: str | None) -> None:
    """Read everything the desk keeps again and compare it with its digests. Exit code 1 when something is damaged."""
    # A new database is whole; a folder that is not there is a mistyped one.
    with (open_instance if store else open_held_instance)(data, store or None) as instance:
        _report_problems(instance.store.check(), instance.place)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@DATA
@STORE
def backup(file: Path, data: Path, store: str | None) -> None:
    """Write everything into FILE, one zip, also while the server runs: edits, history, people, releases.

    It holds what signs people in: keep it as safe as the server.
    """
    with open_held_instance(data, store or None) as instance, open_instance_snapshot(instance) as content:
        write_archive(content, file, program=_find_program_version(), progress=print_line)
    print_line(f"wrote {file}: everything in {instance.place}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@DATA
@STORE
def restore(file: Path, data: Path, store: str | None) -> None:
    """Put a backup into an empty data folder, or an empty database, and compare. Refused where there is something."""
    with read_archive(file) as archive, _open_unused_instance(store or str(data), "doorwise restore") as target:
        fill_instance(target, archive, progress=print_line)
    print_line(f"restored {file}, made at {archive.made_at}, into {target.place}")


@click.command("upgrade-check")
@DATA
@PACKS
@STORE
def upgrade_check(data: Path, packs: Path | None, store: str | None) -> None:
    """Check whether this version can go on with what is there, and change nothing. Exit code 1 when it cannot.

    Run it with the new version before its first start, while the old one still serves.
    """
    print_line(f"this program: {_find_program_version()}")
    problems = [*_find_store_problems(data, store or None), *_find_release_problems(DataFolder(data))]
    try:
        loaded, warnings = load_packs(packs or resource_folder("packs"))
        print_line(f"packs: {', '.join(pack.id for pack in loaded)}, {len(warnings)} warnings")
    except AppError as error:
        problems.append(str(error))
    _report_problems(problems, str(data))
    print_line("ready; make a backup first: doorwise backup FILE")


def _find_store_problems(data: Path, address: str | None) -> list[str]:
    try:
        if address is not None:
            from server.store.postgres_store import list_pending_migrations

            waiting = list_pending_migrations(address)
            for migration in waiting:
                print_line(
                    f"{hide_password(address)}: migration {migration.number} ({migration.name}) is made at the first start"
                )
            if waiting:
                return []  # The database has other tables than this program reads.
        with open_instance(data, address) as instance:
            print_line(f"store: {instance.place}")
            return instance.store.check()
    except AppError as error:
        return [str(error)]


def _find_release_problems(folder: DataFolder) -> list[str]:
    try:
        state = folder.channel.read()
        if state.release is None:
            print_line(f"nothing is published in {folder.root} yet")
            return []
        print_line(f"release {state.release} is current")
        return folder.verify(state.release)
    except AppError as error:
        return [str(error)]


def _report_problems(problems: list[str], place: str) -> None:
    for line in problems:
        print_line(line)
    if problems:
        raise NotWhole(f"{place}: {len(problems)} problems")
    print_line(f"{place} is whole")


@contextlib.contextmanager
def _open_unused_instance(place: str, what: str, *, must_hold: bool = False) -> Iterator[Instance]:
    """Yield a folder or a database that no server uses; changes saved during the command would be lost or mixed in.

    Args:
        what: The command, for whoever finds the folder in use.
        must_hold: Refuse one that holds nothing, and make nothing.
    """
    open_place = open_held_instance if must_hold else open_instance
    if is_address(place):
        with open_place(Path(), place) as instance:
            if instance.store.is_used_by_others():
                raise StoreUnavailable(f"{instance.place} is in use by another process of Doorwise; end that one first")
            yield instance
    else:
        folder = Path(place)
        # The lock would make a folder that is not there.
        is_missing = must_hold and not folder.is_dir()
        lock = contextlib.nullcontext() if is_missing else hold_lock(folder / "server.lock", what=what)
        with lock, open_place(folder, None) as instance:
            yield instance


def _find_program_version() -> str:
    try:
        return version("doorwise")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
