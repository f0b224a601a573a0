"""A browser that is missing is installed or the run fails and says what to do; it is never passed over in silence."""

import os

import pytest

from tools import browsers


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the installing commands instead of running them; each one fails."""
    run: list[str] = []

    def attempt(command) -> bool:
        run.append(" ".join(command))
        return False

    monkeypatch.setattr(browsers, "run_install_command", attempt)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(browsers.shutil, "which", lambda name: f"/usr/bin/{name}")
    return run


def need(*, found: bool, playwright: bool, required: bool = True) -> browsers.Need:
    return browsers.Need(
        found=lambda: found, packages=("the-package",), playwright=playwright, advice="Do this.", required=required
    )


def test_when_nothing_is_missing_nothing_is_installed(monkeypatch, commands: "list[str]"):
    monkeypatch.setattr(browsers, "NEEDS", {"chromium": need(found=True, playwright=True)})

    assert browsers.main() == 0
    assert commands == []


def test_a_missing_browser_fails_and_says_what_to_do(monkeypatch, commands: "list[str]", capsys):
    monkeypatch.setattr(browsers, "NEEDS", {"chromium": need(found=False, playwright=True)})

    assert browsers.main() == 1
    assert "chromium is not on this machine and could not be installed. Do this." in capsys.readouterr().err


def test_what_only_saves_time_may_be_missing(monkeypatch, commands: "list[str]", capsys):
    monkeypatch.setattr(browsers, "NEEDS", {"shell": need(found=False, playwright=False, required=False)})

    assert browsers.main() == 0
    assert "shell is not on this machine and could not be installed. Do this." in capsys.readouterr().err


def test_the_systems_packages_come_before_playwrights_download(monkeypatch, commands: "list[str]"):
    monkeypatch.setattr(browsers, "NEEDS", {"chromium": need(found=False, playwright=True)})

    browsers.main()

    assert commands[0].endswith("update")
    assert commands[1].endswith("install -y --no-install-recommends the-package")
    assert commands[-1].endswith("-m playwright install chromium")


def test_one_unknown_package_does_not_keep_the_others_out(monkeypatch, commands: "list[str]"):
    """apt-get installs nothing at all when it does not know one of the names."""
    names = ["chromium", "webkit"]
    monkeypatch.setattr(browsers, "NEEDS", dict.fromkeys(names, need(found=False, playwright=False)))

    browsers.install_packages(names)

    assert [line.endswith("--no-install-recommends the-package") for line in commands[-2:]] == [True, True]


def test_a_wrong_explicit_browser_is_an_error_and_not_passed_over(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "no-such-browser"))

    assert browsers.main() == 1
    assert "does not start" in capsys.readouterr().err


def test_a_program_that_only_prints_an_advertisement_is_no_browser(monkeypatch, tmp_path):
    """On Ubuntu chromium-browser tells the person to install a snap, and exits with 1."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho 'install the snap'\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)

    assert browsers.find_chromium() is None


def test_the_tests_run_without_windows_unless_the_whole_browser_is_asked_for_or_chosen(monkeypatch, tmp_path):
    for name in ("chromium", "chromium-headless-shell"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        program.chmod(0o755)
    whole, headless = str(tmp_path / "chromium"), str(tmp_path / "chromium-headless-shell")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)

    assert browsers.build_launch_options("chromium") == {"executable_path": headless}
    assert browsers.build_launch_options("chromium", whole=True) == {"executable_path": whole}
    monkeypatch.setenv("CHROMIUM", whole)
    assert browsers.build_launch_options("chromium") == {"executable_path": whole}


def test_firefox_esr_is_launched_through_its_own_protocol(monkeypatch, tmp_path):
    program = tmp_path / "firefox-esr"
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("FIREFOX", str(program))

    assert browsers.build_launch_options("firefox") == {"executable_path": str(program), "channel": "moz-firefox"}


def test_playwrights_own_browser_needs_no_path(monkeypatch, tmp_path):
    monkeypatch.setattr(browsers, "find_chromium", lambda: None)
    monkeypatch.setattr(browsers, "find_headless_chromium", lambda: None)
    own = tmp_path / "chrome"
    own.touch()

    assert browsers.build_launch_options("chromium", playwright_path=str(own)) == {}
    with pytest.raises(browsers.BrowserMissing, match="apt-get install chromium"):
        browsers.build_launch_options("chromium", playwright_path=str(tmp_path / "none"))


def test_the_newest_postgresql_that_is_whole_is_taken(monkeypatch, tmp_path):
    for version, names in (("9.6", browsers.POSTGRES_PROGRAMS), ("15", browsers.POSTGRES_PROGRAMS), ("17", ("psql",))):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr(browsers, "POSTGRES_FOLDER", tmp_path)
    monkeypatch.setattr(browsers.shutil, "which", lambda name: None)

    assert browsers.find_postgres_programs() == tmp_path / "15" / "bin"


def test_a_wrong_explicit_postgresql_is_an_error_and_not_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))

    with pytest.raises(browsers.BrowserMissing, match="PG_BINDIR"):
        browsers.find_postgres_programs()


def test_a_missing_postgresql_is_installed_from_the_systems_packages(monkeypatch, commands: "list[str]"):
    monkeypatch.setattr(browsers, "find_postgres_programs", lambda: None)

    browsers.install_packages(["PostgreSQL"])

    assert commands[1].endswith("install -y --no-install-recommends postgresql")
