"""Counts seen at the border: which of them are used and how (`Observations`), and what the model has in their place."""
