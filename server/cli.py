"""The command `doorwise`. Exit codes: 0 done, 1 refused or not whole, 2 wrong use, 3 the data folder is the trouble."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from server.auth.gate import LazyGate
from server.auth.start import remember_address, start_lines
from server.cli_editor import editor
from server.cli_options import DATA, ORIGIN, PACKS, STORE, say
from server.cli_store import backup, restore, store, upgrade_check
from server.config import Config, operator_from
from server.editor.console import publish_from_console, rollback_from_console
from server.errors import AppError, PackRefused
from server.guidance.confirm import made_from, write_made_from
from server.guidance.coverage import coverage_markdown
from server.guidance.model import Pack
from server.guidance.parse import PackErrors, load_pack
from server.guidance.reading import reading_report
from server.publish.lock import hold
from server.publish.publisher import load_packs, recall
from server.publish.release import DataFolder
from server.resources import resource_folder
from server.store.open import open_store
from server.store.protocol import Backend, Store
from server.store.shared import SharedReleases


def main() -> None:
    """Run the command; errors that a person can do something about end in one clear message, never a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AppError as error:
        click.echo(f"doorwise: {error}", err=True)
        sys.exit(error.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="doorwise")
def cli() -> None:
    """Doorwise: offline help for the minute when a debt collector is at the door.

    Every option can also be set in the environment, under the name shown beside it.
    """


for command in (store, backup, restore, upgrade_check):
    cli.add_command(command)


@contextlib.contextmanager
def _turn(data: Path, address: str | None) -> Iterator[tuple[DataFolder, Store | None]]:
    """The data folder, to publish into, and the desk's store, None where nobody has opened a desk yet.

    Where machines share one desk, nobody else publishes meanwhile, and all serve it afterwards.
    """
    folder = DataFolder(data)
    if not address and not (data / "desk").is_dir():
        yield folder, None
        return
    with contextlib.closing(open_store(data, address or None)) as desk, SharedReleases(desk).turn(folder):
        yield folder, desk


@cli.command()
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
    help="IP address of the proxy whose forwarded headers are believed.",
)
@click.option(
    "--url-prefix",
    default="",
    envvar="DOORWISE_URL_PREFIX",
    show_envvar=True,
    help="Path under which a proxy serves this, for example /doorwise.",
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
    url_prefix: str,
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
        operator=operator_from(),
        trusted_proxy=trusted_proxy or None,
        url_prefix=url_prefix,
        retire_worker=retire_worker,
        origin=origin,
        store=store or None,
    )
    # Held before anything is published: a second server started by mistake must not change what the first one serves.
    with hold(data / "server.lock", what="doorwise run"):
        with contextlib.ExitStack() as stack:
            folder = DataFolder(data)
            desk = _opened_for_serving(stack, folder, config)
            shared = SharedReleases(desk) if desk else None
            say(f"publishing the packs of {config.packs} into {data}")
            with shared.turn(folder) if shared else contextlib.nullcontext():
                current = _publish_or_keep(folder, config, desk)
            say(f"release {current[:12]} is current")
            with (
                contextlib.suppress(KeyboardInterrupt),
                shared.follow(folder) if shared else contextlib.nullcontext(),
            ):
                serve(config, ready=_announce, store=(lambda: desk) if desk else None)
        say("ended")


def _announce(url: str, desk: LazyGate) -> None:
    """Say where Doorwise is. A desk that cannot be opened must not keep phones from being served."""
    try:
        gate = desk.gate()
        remember_address(gate)
        for line in start_lines(gate):
            say(line)
    except AppError as error:
        click.echo(f"doorwise: {error}\ndoorwise: readers are served, the editors' desk is not", err=True)
    say(f"Doorwise is ready: {url}  (Ctrl+C ends it)")


def _opened_for_serving(stack: contextlib.ExitStack, folder: DataFolder, config: Config) -> Backend | None:
    """Open the desk's store until `stack` ends, or say why not and go on: phones need only what is published.

    Raises:
        StoreError: It cannot be opened, and it is a database that other machines publish into, or there is no whole
            release that could be served without it.
    """
    try:
        return stack.enter_context(contextlib.closing(open_store(config.data, config.store)))
    except AppError as error:
        held = folder.channel.read().release
        if config.store is not None or held is None or folder.verify(held):
            raise
        click.echo(f"doorwise: {error}\ndoorwise: the release before is served, without the editors' desk", err=True)
        return None


def _publish_or_keep(folder: DataFolder, config: Config, desk: Store | None) -> str:
    """Publish what is new and return the current release; when that is refused, the release there is goes on being served.

    A typing mistake in a pack, or a full disk, must not take down what phones rely on after a restart. Without the desk
    nothing is published: nobody could say which edits belong into it.
    """
    if desk is None:
        return str(folder.channel.read().release)
    try:
        return str(publish_from_console(desk, folder, config.sources(), progress=say, only_if_new=True).release)
    except AppError as error:
        held = folder.channel.read().release
        if held is None or folder.verify(held):
            raise
        click.echo(
            f"doorwise: {error}\ndoorwise: the new packs were not published; the release before is served", err=True
        )
        return held


cli.add_command(editor)


@cli.group()
def pack() -> None:
    """Look after region packs."""


@pack.command("check")
@PACKS
@click.option(
    "--due",
    is_flag=True,
    envvar="DOORWISE_DUE",
    show_envvar=True,
    help="Also warn of what is past its review date today.",
)
def pack_check(packs: Path | None, due: bool) -> None:
    """Check every pack; list every error of every file. Exit code 1 when there is one."""
    folder = packs or resource_folder("packs")
    today = datetime.now(UTC).date() if due else None
    loaded, warnings = load_packs(folder, today=today)
    for line in warnings:
        say(f"warning: {line}")
    for item in loaded:
        words = sum(len(strings) for strings in item.strings.values())
        say(
            f"{item.id}: {len(item.locales)} locales, {len(item.rules)} rules, {len(item.sources)} sources, {words} texts, {len(item.topics)} topics: no errors"
        )


@pack.command("confirm")
@click.argument("region")
@click.argument("locale")
@PACKS
def pack_confirm(region: str, locale: str, packs: Path | None) -> None:
    """Record that the texts of LOCALE were made from today's source texts of REGION."""
    loaded = _loaded(region, packs)
    if locale not in loaded.locales or locale == loaded.source_locale:
        others = [tag for tag in loaded.locales if tag != loaded.source_locale]
        raise click.UsageError(f"locale: {locale!r} – expected one of {', '.join(others)}")
    target = (packs or resource_folder("packs")) / region / locale / "made_from.toml"
    write_made_from(target, made_from(loaded, locale))
    say(f"wrote {target}")


@cli.group()
def release() -> None:
    """Publish, list, check and roll back releases."""


@release.command("publish")
@DATA
@PACKS
@STORE
def release_publish(data: Path, packs: Path | None, store: str | None) -> None:
    """Publish the packs as they are now, with the desk's published edits, and make that release current."""
    config = Config(data=data, packs=packs or resource_folder("packs"), operator=operator_from())
    with _turn(data, store) as (folder, desk):
        state = publish_from_console(desk, folder, config.sources(), progress=say)
    say(f"release {state.release} is current")


@release.command("list")
@DATA
def release_list(data: Path) -> None:
    """List how the channel moved, oldest first; * marks the current release."""
    state = DataFolder(data).channel.read()
    if not state.moves:
        say(f"nothing is published in {data} yet")
    for number, move in enumerate(state.moves):
        mark = "*" if number == len(state.moves) - 1 else " "
        say(f"{mark} {move.release[:12]}  {move.at}  {move.why}")


@release.command("rollback")
@click.argument("digest", required=False)
@DATA
@PACKS
@STORE
def release_rollback(digest: str | None, data: Path, packs: Path | None, store: str | None) -> None:
    """Make an earlier release current: DIGEST (its first digits do), or the one before the current one.

    Edits that were published since are not published any more; at the desk they wait to be published again.
    """
    config = Config(data=data, packs=packs or resource_folder("packs"), operator=operator_from())
    with _turn(data, store) as (folder, desk):
        state = rollback_from_console(desk, folder, config.sources(), digest)
    say(f"release {state.release} is current")


@release.command("verify")
@click.argument("digest", required=False)
@DATA
def release_verify(digest: str | None, data: Path) -> None:
    """Read every byte of a release again and compare its digests. Exit code 1 when something is wrong.

    DIGEST is the current release's when left out; its first digits do.
    """
    folder = DataFolder(data)
    target = folder.find(digest) if digest is not None else folder.current().digest
    problems = folder.verify(target) or folder.verify_updates(target)
    for line in problems:
        say(line)
    if problems:
        raise AppError(f"release {target[:12]} is not whole: {len(problems)} problems")
    say(f"release {target} is whole")


@release.command("recall")
@click.argument("region")
@click.argument("topic")
@click.option("--lift", is_flag=True, envvar="DOORWISE_LIFT", show_envvar=True, help="Bring the topic back.")
@DATA
@STORE
def release_recall(region: str, topic: str, lift: bool, data: Path, store: str | None) -> None:
    """Withdraw TOPIC of REGION from every phone at its next contact, without a new release."""
    with _turn(data, store) as (folder, _):
        addresses = recall(folder, region, topic, lift=lift)
    for address in addresses:
        say(f"{'back' if lift else 'withdrawn'}: /{address}")


@pack.command("coverage")
@click.argument("region")
@click.argument("locale")
@PACKS
def pack_coverage(region: str, locale: str, packs: Path | None) -> None:
    """Print, as Markdown, where each source of REGION is said in LOCALE, or why it is left out."""
    click.echo(coverage_markdown(_loaded(region, packs, locale), locale), nl=False)


@pack.command("reading")
@click.argument("region")
@PACKS
def pack_reading(region: str, packs: Path | None) -> None:
    """Print, as Markdown, how plain the topics of REGION read, and the five hardest."""
    click.echo(reading_report(_loaded(region, packs)), nl=False)


def _loaded(region: str, packs: Path | None, locale: str | None = None) -> Pack:
    folder = packs or resource_folder("packs")
    try:
        loaded = load_pack(folder / region, packs_root=folder)
    except PackErrors as error:
        raise PackRefused("\n".join(str(problem) for problem in error.problems)) from error
    if locale is not None and locale not in loaded.locales:
        raise click.UsageError(f"locale: {locale!r} – expected one of {', '.join(loaded.locales)}")
    return loaded
