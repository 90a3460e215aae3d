"""What is shown, made once from tables and measures: the same figures for command line, report, brief and page."""
