"""`python -m crossings.cli`."""

from crossings.cli import main

main()
