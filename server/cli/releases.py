"""`doorwise release …`: publish, list, check, roll back and withdraw."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from server.cli.options import DATA, PACKS, STORE, WHY, print_line
from server.config import Config, read_operator
from server.editor.releases.console import publish_from_console, recall_from_console, roll_back_from_console
from server.errors import AppError
from server.publish.data_folder.release import DataFolder
from server.resources import resource_folder
from server.store.open import open_store
from server.store.protocol import Store
from server.store.shared import SharedReleases


@click.group()
def release() -> None:
    """Publish, list, check and roll back releases."""


@release.command("publish")
@DATA
@PACKS
@STORE
@WHY
def release_publish(data: Path, packs: Path | None, store: str | None, why: str) -> None:
    """Publish the packs as they are now, with the desk's published edits, and make that release current."""
    config = Config(data=data, packs=packs or resource_folder("packs"), operator=read_operator())
    with _open_for_publishing(data, store) as (folder, desk):
        state = publish_from_console(desk, folder, config.build_sources(), progress=print_line, why=why)
    print_line(f"release {state.release} is current")


@release.command("list")
@DATA
def release_list(data: Path) -> None:
    """List how the channel moved, oldest first; * marks the current release."""
    state = DataFolder(data).channel.read()
    if not state.moves:
        print_line(f"nothing is published in {data} yet")
    for number, move in enumerate(state.moves):
        mark = "*" if number == len(state.moves) - 1 else " "
        print_line(f"{mark} {move.release[:12]}  {move.at}  {move.why}")


@release.command("rollback")
@click.argument("digest", required=False)
@DATA
@PACKS
@STORE
@WHY
def release_rollback(digest: str | None, data: Path, packs: Path | None, store: str | None, why: str) -> None:
    """Make an earlier release current: DIGEST (its first digits do), or the one before the current one.

    Edits that were published since are not published any more; at the desk they wait to be published again.
    """
    config = Config(data=data, packs=packs or resource_folder("packs"), operator=read_operator())
    with _open_for_publishing(data, store) as (folder, desk):
        state = roll_back_from_console(desk, folder, config.build_sources(), digest, why=why)
    print_line(f"release {state.release} is current")


@release.command("verify")
@click.argument("digest", required=False)
@DATA
def release_verify(digest: str | None, data: Path) -> None:
    """Read every byte of a release again and compare its digests. Exit code 1 when something is wrong.

    DIGEST is the current release's when left out; its first digits do.
    """
    folder = DataFolder(data)
    target = folder.find_release(digest) if digest is not None else folder.read_current().digest
    problems = folder.verify(target) or folder.verify_updates(target)
    for line in problems:
        print_line(line)
    if problems:
        raise AppError(f"release {target[:12]} is not whole: {len(problems)} problems")
    print_line(f"release {target} is whole")


@release.command("recall")
@click.argument("region")
@click.argument("topic")
@click.option("--lift", is_flag=True, envvar="DOORWISE_LIFT", show_envvar=True, help="Bring the topic back.")
@DATA
@STORE
@WHY
def release_recall(region: str, topic: str, lift: bool, data: Path, store: str | None, why: str) -> None:
    """Withdraw TOPIC of REGION from every phone at its next contact, without a new release."""
    with _open_for_publishing(data, store) as (folder, desk):
        addresses = recall_from_console(desk, folder, region, topic, lift=lift, why=why)
    for address in addresses:
        print_line(f"{'back' if lift else 'withdrawn'}: /{address}")


@contextlib.contextmanager
def _open_for_publishing(data: Path, address: str | None) -> Iterator[tuple[DataFolder, Store | None]]:
    """Yield the data folder, to publish into, and the desk's store, None when no desk has been opened yet.

    Where machines share one desk, no other one publishes inside this block, and all serve the result afterwards.
    """
    folder = DataFolder(data)
    if not address and not (data / "desk").is_dir():
        yield folder, None
        return
    with contextlib.closing(open_store(data, address or None)) as desk, SharedReleases(desk).hold_publish_turn(folder):
        yield folder, desk
