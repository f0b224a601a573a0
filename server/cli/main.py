"""The command `doorwise`. Exit codes: 0 done, 1 refused or damaged, 2 wrong use, 3 a problem with the data folder.

`doorwise check` also ends with 1 when there is something to change, and with 2 when nobody is at the address.
"""

from __future__ import annotations

import sys

import click

from server.cli.check import check
from server.cli.editor import editor
from server.cli.packs import pack
from server.cli.releases import release
from server.cli.run import run
from server.cli.store import backup, restore, store, upgrade_check
from server.errors import AppError


def main() -> None:
    """Run the command. An error that a person can fix ends in one clear message, never in a traceback."""
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


for command in (run, check, pack, release, editor, store, backup, restore, upgrade_check):
    cli.add_command(command)
