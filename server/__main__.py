"""`python -m server` is the command `doorwise`."""

from server.cli.main import main

main()
