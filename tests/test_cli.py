"""The command `doorwise`, as an operator meets it: its words and its exit codes."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from server.cli.main import cli
from server.store.open import open_store
from tests.packs import append
from tests.postgres import cluster
from tests.publishing import Publisher, doorwise, tree


def commands(group: click.Group, *above: str) -> list[tuple[tuple[str, ...], click.Command]]:
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name, command in group.commands.items():
        found.append(((*above, name), command))
        if isinstance(command, click.Group):
            found += commands(command, *above, name)
    return found


@pytest.mark.parametrize(("names", "command"), commands(cli), ids=lambda value: str(value))
def test_every_command_and_every_option_is_explained(names, command):
    shown = CliRunner().invoke(cli, [*names, "--help"], prog_name="doorwise")

    assert shown.exit_code == 0
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help, parameter.name
            assert parameter.envvar == f"DOORWISE_{str(parameter.name).upper()}"
            assert str(parameter.envvar) in shown.output.replace("\n", "")


def test_the_first_help_lists_the_commands():
    done = doorwise("--help")

    assert done.returncode == 0
    for name in ("run", "pack", "release", "store", "backup", "restore", "upgrade-check"):
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-such-option",),
        ("no-such-command",),
        ("run", "--port", "many"),
        ("run", "--port", "99999"),
        ("run", "--trusted-proxy", "nobody"),
        ("run", "--url-prefix", "help"),
        ("release", "publish", "--packs", "/no/such/folder"),
        ("pack", "confirm", "xa"),
        ("run", "--store", "mysql://host/desk"),
        ("backup",),
        ("restore", "/no/such/file.zip"),
        ("store", "migrate", "data"),
    ],
    ids=" ".join,
)
def test_wrong_use_ends_with_2_and_says_what_is_wrong(arguments):
    done = doorwise(*arguments)

    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_options_can_be_set_in_the_environment(published: Publisher, tmp_path):
    environment = {"DOORWISE_DATA": str(tmp_path / "other"), "DOORWISE_PACKS": str(published.packs)}

    done = doorwise("release", "publish", environment=environment)

    assert done.returncode == 0, done.stderr
    assert published.data.read_current().digest in done.stdout
    assert (tmp_path / "other" / "channel.json").is_file()


def test_publishing_tells_what_it_does(publisher: Publisher):
    done = doorwise("release", "publish", "--data", publisher.data.root, "--packs", publisher.packs)

    assert done.stdout.splitlines() == [
        "rendering xa/en",
        "rendering xa/zh-Hans",
        *(f"storing {key}: {count} files" for key, count in files_of(publisher)),
        f"release {publisher.data.read_current().digest} is current",
    ]
    assert done.stderr == ""


def files_of(publisher: Publisher) -> list[tuple[str, int]]:
    slices = publisher.data.read_current().slices
    return [(key, len(publisher.data.read_slice(key, digest).files)) for key, digest in slices.items()]


def test_releases_are_listed_verified_and_rolled_back(published: Publisher):
    data = ("--data", published.data.root)
    old = published.data.read_current().digest
    new = published.publish_edited("Another sentence.")

    listed = doorwise("release", "list", *data).stdout.splitlines()
    verified = doorwise("release", "verify", *data)
    back = doorwise("release", "rollback", *data)
    listed_after = doorwise("release", "list", *data).stdout.splitlines()

    assert [line[:14] for line in listed] == [f"  {old[:12]}", f"* {new[:12]}"]
    assert verified.stdout == f"release {new} is whole\n"
    assert back.stdout == f"release {old} is current\n"
    assert listed_after[-1].startswith(f"* {old[:12]}")
    assert listed_after[-1].endswith("rollback")
    assert doorwise("release", "verify", new[:12], *data).stdout == f"release {new} is whole\n"


@pytest.fixture(params=["embedded", "postgresql"])
def desk_options(request, published: Publisher) -> Iterator[tuple[str, ...]]:
    """What tells the commands of a desk that somebody has opened, in each kind of store."""
    with contextlib.ExitStack() as opened:
        url = None
        if request.param == "postgresql":
            url = opened.enter_context(cluster("fsync=off", "full_page_writes=off")).new_database()
        with contextlib.closing(open_store(published.data.root, url)) as store:
            store.put_blob(b"somebody was here")
        yield ("--data", str(published.data.root), *(("--store", url) if url else ()))


def logged(options: tuple[str, ...]) -> list[tuple[object, ...]]:
    """What the desk's log of changes holds: who, what, on what, why."""
    url = options[3] if len(options) > 2 else None
    with contextlib.closing(open_store(Path(options[1]), url)) as store:
        bodies = [entry.body for entry in store.entries("audit")]
    return [(body["who"], body["what"], body["target"], body.get("why")) for body in bodies]


def test_what_the_console_changes_for_phones_is_in_the_log_of_changes(
    published: Publisher, desk_options: "tuple[str, ...]"
):
    packs = ("--packs", str(published.packs))
    before = published.data.read_current().digest
    published.edit("Please leave now.")

    for command in (
        ("recall", "xa", "second", "--why", "A wrong number."),
        ("recall", "xa", "second", "--lift"),
        ("publish", *packs, "--why", "A right number."),
        ("publish", *packs),
        ("rollback", before, *packs, "--why", "Wrong after all."),
    ):
        done = doorwise("release", *command, *desk_options)
        assert done.returncode == 0, done.stderr
        if command[0] == "publish":
            new = published.data.read_current().digest

    assert logged(desk_options) == [
        ("", "topic.recalled", "xa/second", "A wrong number."),
        ("", "topic.lifted", "xa/second", None),
        ("", "release.shipped", new[:12], "A right number."),
        ("", "release.rolled-back", before[:12], "Wrong after all."),
    ]


def test_what_the_console_could_not_do_is_not_in_the_log_of_changes(published: Publisher):
    with contextlib.closing(open_store(published.data.root, None)) as store:
        store.put_blob(b"somebody was here")
    options = ("--data", str(published.data.root))

    for command in (("recall", "xa", "no-such"), ("recall", "xa", "second", "--lift"), ("rollback", "0000")):
        assert doorwise("release", *command, *options).returncode == 1

    assert logged(options) == []


def test_nothing_published_is_said_so(tmp_path):
    data = ("--data", tmp_path / "empty")

    assert "nothing is published" in doorwise("release", "list", *data).stdout
    for command in ("verify", "rollback"):
        done = doorwise("release", command, *data)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr


def test_a_damaged_release_ends_with_1_and_names_what_is_damaged(published: Publisher):
    release = published.data.read_current()
    published.data.build_bundle_path(f"{release.slices['xa/en']}.bundle").unlink()

    done = doorwise("release", "verify", "--data", published.data.root)

    assert done.returncode == 1
    assert "xa/en: its bundle cannot be read" in done.stdout
    assert done.stderr == f"doorwise: release {release.digest[:12]} is not whole: 1 problems\n"


def test_a_damaged_channel_ends_with_3(published: Publisher):
    published.data.channel.path.write_bytes(b"{")

    for command in (("release", "list"), ("release", "verify"), ("release", "rollback")):
        done = doorwise(*command, "--data", published.data.root)
        assert done.returncode == 3
        assert str(published.data.channel.path) in done.stderr
        assert "Traceback" not in done.stderr


BAD_FILES = pytest.mark.parametrize(
    ("name", "content"),
    [
        ("visit.toml", b"[[rule\n"),
        ("contacts.toml", b""),
        ("topics.toml", b"# \xd6\xd0\n"),
        ("en/strings.toml", b'[strings]\n"a" = "1"\n"a" = "2"\n'),
        ("en/topics/second.md", b"x" * (2 << 20)),
    ],
    ids=["broken", "empty", "no UTF-8", "key twice", "huge"],
)


@BAD_FILES
def test_a_bad_pack_on_an_empty_folder_ends_the_server_with_1(published: Publisher, tmp_path, name, content):
    (published.root / name).write_bytes(content)

    done = doorwise("run", "--port", "0", "--packs", published.packs, "--data", tmp_path / "empty")

    assert done.returncode == 1
    assert f"xa/{name}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("pack", "check"), ("release", "publish")], ids=" ".join)
@BAD_FILES
def test_a_bad_pack_ends_with_1_and_the_file_is_named(published: Publisher, command, name, content):
    before = tree(published.data.root)
    (published.root / name).write_bytes(content)
    data = [] if command[0] == "pack" else ["--data", published.data.root]

    done = doorwise(*command, "--packs", published.packs, *data)

    assert done.returncode == 1
    assert f"xa/{name}" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(published.data.root) == before


def test_a_good_pack_is_counted(published: Publisher):
    done = doorwise("pack", "check", "--packs", published.packs)

    assert done.returncode == 0
    assert "xa: 2 locales, 2 rules, 2 sources" in done.stdout
    assert "no errors" in done.stdout


def test_what_is_past_its_review_date_is_told_when_asked(published: Publisher):
    assert "warning" not in doorwise("pack", "check", "--packs", published.packs).stdout
    assert "warning" in doorwise("pack", "check", "--packs", published.packs, "--due").stdout
    in_environment = doorwise(
        "pack", "check", environment={"DOORWISE_DUE": "1", "DOORWISE_PACKS": str(published.packs)}
    )
    assert "warning" in in_environment.stdout


def test_confirming_a_translation_writes_what_it_was_made_from(published: Publisher):
    target = published.root / "zh-Hans" / "made_from.toml"
    before = target.read_bytes()
    append(published.root, "en/topics/second.md", "\nAnother sentence.\n")

    done = doorwise("pack", "confirm", "xa", "zh-Hans", "--packs", published.packs)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {target}\n"
    assert target.read_bytes() != before


@pytest.mark.parametrize(("region", "locale"), [("xa", "en"), ("xa", "fr"), ("zz", "en"), ("..", "en")])
def test_what_cannot_be_confirmed_is_refused(published: Publisher, region, locale):
    before = tree(published.packs)

    done = doorwise("pack", "confirm", region, locale, "--packs", published.packs)

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert tree(published.packs) == before
