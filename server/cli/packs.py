"""`doorwise pack …`: look after region packs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from server.cli.options import PACKS, print_line
from server.errors import PackRefused
from server.guidance.files.confirm import build_made_from, write_made_from
from server.guidance.files.parse import load_pack
from server.guidance.model.pack import Pack
from server.guidance.problems.problem import PackErrors
from server.guidance.texts.coverage import render_coverage
from server.guidance.texts.readability import make_reading_report
from server.publish.build import load_packs
from server.resources import resource_folder


@click.group()
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
        print_line(f"warning: {line}")
    for item in loaded:
        words = sum(len(strings) for strings in item.strings.values())
        print_line(
            f"{item.id}: {len(item.locales)} locales, {len(item.rules)} rules, {len(item.sources)} sources, {words} texts, {len(item.topics)} topics: no errors"
        )


@pack.command("confirm")
@click.argument("region")
@click.argument("locale")
@PACKS
def pack_confirm(region: str, locale: str, packs: Path | None) -> None:
    """Record that the texts of LOCALE were made from today's source texts of REGION."""
    loaded = _load_pack(region, packs)
    if locale not in loaded.locales or locale == loaded.source_locale:
        others = [tag for tag in loaded.locales if tag != loaded.source_locale]
        raise click.UsageError(f"locale: {locale!r} – expected one of {', '.join(others)}")
    target = (packs or resource_folder("packs")) / region / locale / "made_from.toml"
    write_made_from(target, build_made_from(loaded, locale))
    print_line(f"wrote {target}")


@pack.command("coverage")
@click.argument("region")
@click.argument("locale")
@PACKS
def pack_coverage(region: str, locale: str, packs: Path | None) -> None:
    """Print, as Markdown, where each source of REGION is cited in LOCALE, or why it is left out."""
    click.echo(render_coverage(_load_pack(region, packs, locale), locale), nl=False)


@pack.command("reading")
@click.argument("region")
@PACKS
def pack_reading(region: str, packs: Path | None) -> None:
    """Print, as Markdown, how plain the topics of REGION read, and the five hardest."""
    click.echo(make_reading_report(_load_pack(region, packs)), nl=False)


def _load_pack(region: str, packs: Path | None, locale: str | None = None) -> Pack:
    folder = packs or resource_folder("packs")
    try:
        loaded = load_pack(folder / region, packs_root=folder)
    except PackErrors as error:
        raise PackRefused("\n".join(str(problem) for problem in error.problems)) from error
    if locale is not None and locale not in loaded.locales:
        raise click.UsageError(f"locale: {locale!r} – expected one of {', '.join(loaded.locales)}")
    return loaded
