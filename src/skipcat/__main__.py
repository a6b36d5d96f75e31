"""python -m skipcat."""

from skipcat.cli.app import main

main()
