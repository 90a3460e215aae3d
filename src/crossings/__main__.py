"""`python -m crossings`."""

from crossings.cli import main

main()
