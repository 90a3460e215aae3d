"""The cells of a comparison: what became of each traveller with the orders who is the same person without them."""

from __future__ import annotations

CELL_WORDS = {
    "unaffected": "crossed there, at about the same time",
    "diverted": "crossed at another crossing",
    "delayed": "crossed there, but later",
    "advanced": "crossed there, but earlier",
    "deterred": "gave up, or chose not to go",
    "stranded": "not across, and no crossing is open to them",
    "pending": "not across, though some crossing is open",
    "induced": "crossed only with the orders",
    "outside": "across in neither",
}
"""Cell → its words; the order is that of every table."""
NOT_ACROSS = ("deterred", "stranded", "pending")
FATE_WORDS = {
    "deterred": "gave up",
    "stranded": "nothing open",
    "pending": "not yet across",
    "outside": "not across",
}
"""The short words of the fates in a picture of who went where."""
