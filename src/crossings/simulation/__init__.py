"""One run, many runs, comparisons of runs, expected flows."""
