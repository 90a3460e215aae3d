"""What every surface counts alike: units, where everybody is at the end, what became of the same people, for which period."""
