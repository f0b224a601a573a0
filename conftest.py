"""For every test: an interrupt must reach the servers that the tests start."""

import signal


def pytest_configure() -> None:
    """Undo what a shell script does to its background jobs: they ignore an interrupt, and hand that on to each child."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
