"""The command line: `main` joins the groups of commands, one module each."""
