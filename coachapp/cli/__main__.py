"""`python -m coachapp.cli` is the `coachapp` command."""

from coachapp.cli import main

main(prog_name="coachapp")
