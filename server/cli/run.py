"""`doorwise run`: publish the packs if they are new, then serve."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from server.auth.gate import LazyGate
from server.auth.start_messages import list_start_messages, save_desk_address
from server.cli.options import DATA, ORIGIN, PACKS, STORE, print_line
from server.config import Config, read_operator
from server.editor.releases.console import publish_from_console
from server.errors import AppError
from server.headers import STRICT_TRANSPORT_SECURITY
from server.publish.data_folder.lock import hold_lock
from server.publish.data_folder.release import DataFolder
from server.resources import resource_folder
from server.store.errors import StoreMoved
from server.store.open import open_store
from server.store.protocol import Backend, Store
from server.store.shared import SharedReleases


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    envvar="DOORWISE_HOST",
    show_default=True,
    show_envvar=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    default=8000,
    type=int,
    envvar="DOORWISE_PORT",
    show_default=True,
    show_envvar=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--trusted-proxy",
    envvar="DOORWISE_TRUSTED_PROXY",
    show_envvar=True,
    help="IP address or network, such as 10.0.0.0/8, of the proxy whose forwarded headers are believed; several with commas.",
)
@click.option(
    "--hsts",
    type=click.Choice(list(STRICT_TRANSPORT_SECURITY)),
    default="off",
    envvar="DOORWISE_HSTS",
    show_default=True,
    show_envvar=True,
    help="Tell browsers to use only https for two years: at this host, or at its subdomains too; `forget` takes it back.",
)
@click.option(
    "--url-prefix",
    default="",
    envvar="DOORWISE_URL_PREFIX",
    show_envvar=True,
    help="Path under which a proxy serves this, for example /doorwise.",
)
@click.option(
    "--home-region",
    default="",
    envvar="DOORWISE_HOME_REGION",
    show_envvar=True,
    help="Region that / leads to, for example cn or cn-31; without it a reader who cannot be told one chooses.",
)
@click.option(
    "--retire-worker",
    is_flag=True,
    envvar="DOORWISE_RETIRE_WORKER",
    show_envvar=True,
    help="Serve a worker that removes itself from phones.",
)
@ORIGIN
@STORE
@DATA
@PACKS
def run(
    host: str,
    port: int,
    trusted_proxy: str | None,
    hsts: str,
    url_prefix: str,
    home_region: str,
    retire_worker: bool,
    origin: str,
    store: str | None,
    data: Path,
    packs: Path | None,
) -> None:
    """Publish the packs if they are new, then serve until interrupted."""
    from server.serve import serve

    config = Config(
        data=data,
        packs=packs or resource_folder("packs"),
        host=host,
        port=port,
        operator=read_operator(),
        trusted_proxy=trusted_proxy or None,
        hsts=hsts,
        url_prefix=url_prefix,
        home_region=home_region,
        retire_worker=retire_worker,
        origin=origin,
        store=store or None,
    )
    # Locked before anything is published: a second server started by mistake must not change what the first one serves.
    with hold_lock(data / "server.lock", what="doorwise run"):
        with contextlib.ExitStack() as stack:
            folder = DataFolder(data)
            desk = _open_desk_for_serving(stack, folder, config)
            shared = SharedReleases(desk) if desk else None
            print_line(f"publishing the packs of {config.packs} into {data}")
            with shared.hold_publish_turn(folder) if shared else contextlib.nullcontext():
                current = _publish_or_keep(folder, config, desk)
            print_line(f"release {current[:12]} is current")
            with (
                contextlib.suppress(KeyboardInterrupt),
                shared.follow_releases(folder) if shared else contextlib.nullcontext(),
            ):
                serve(config, ready=_print_addresses, store=(lambda: desk) if desk else None)
        print_line("ended")


def _print_addresses(url: str, desk: LazyGate) -> None:
    """Print where Doorwise is. A desk that cannot be opened must not keep phones from being served."""
    try:
        gate = desk.get_gate()
        save_desk_address(gate)
        for line in list_start_messages(gate):
            print_line(line)
    except AppError as error:
        click.echo(f"doorwise: {error}\ndoorwise: readers are served, the editors' desk is not", err=True)
    print_line(f"Doorwise is ready: {url}  (Ctrl+C ends it)")


def _open_desk_for_serving(stack: contextlib.ExitStack, folder: DataFolder, config: Config) -> Backend | None:
    """Return the desk's store, open until `stack` ends; or print why not and go on: phones need only the release.

    Raises:
        StoreMoved: It is elsewhere now: this folder's release is as old as the move.
        StoreError: It cannot be opened, and it is a database that other machines publish into, or there is no whole
            release that could be served without it.
    """
    try:
        return stack.enter_context(contextlib.closing(open_store(config.data, config.store)))
    except StoreMoved:
        raise
    except AppError as error:
        held = folder.channel.read().release
        if config.store is not None or held is None or folder.verify(held):
            raise
        click.echo(f"doorwise: {error}\ndoorwise: the release before is served, without the editors' desk", err=True)
        return None


def _publish_or_keep(folder: DataFolder, config: Config, desk: Store | None) -> str:
    """Publish what is new and return the current release; if that is refused, the present release is still served.

    A typing mistake in a pack, or a full disk, must not take down what phones rely on after a restart. Without the desk
    nothing is published: it would be unknown which edits belong into it.
    """
    if desk is None:
        return str(folder.channel.read().release)
    try:
        return str(
            publish_from_console(desk, folder, config.build_sources(), progress=print_line, only_if_new=True).release
        )
    except AppError as error:
        held = folder.channel.read().release
        if held is None or folder.verify(held):
            raise
        click.echo(
            f"doorwise: {error}\ndoorwise: the new packs were not published; the release before is served", err=True
        )
        return held
