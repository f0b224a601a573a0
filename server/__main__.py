"""`python -m server` is the command `doorwise`."""

from server.cli import main

main()
