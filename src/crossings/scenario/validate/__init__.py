"""The checks that look across the files of a scenario."""
