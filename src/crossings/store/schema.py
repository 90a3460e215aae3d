"""What each column of an output table means, and its unit, written once; the reference pages are made from it.

A column marked as a band stands four times in the table: with `_mean`, `_p05`, `_p50` and `_p95` over the seeds.
"""

from __future__ import annotations

from typing import NamedTuple


class ColumnSchema(NamedTuple):
    """A column: its name (without the ending of a band), what it means, its unit, whether it is a band."""

    name: str
    meaning: str
    unit: str = ""
    band: bool = True


class TableSchema(NamedTuple):
    """A table of results: one line about it, the commands whose `--out` folder holds it, and its columns in order."""

    about: str
    written_by: str
    columns: tuple[ColumnSchema, ...]


def _key(name: str, meaning: str, unit: str = "") -> ColumnSchema:
    return ColumnSchema(name, meaning, unit, band=False)


_N = "units of the stream"
_STREAM = _key("stream", "name of the stream")
_DATE = _key(
    "date",
    "start of the period: a local day, or hour with `--by hour`; an hour that clocks repeat stands twice",
    "YYYY-MM-DD[THH:MM]",
)
_COUNTED = "observations.csv"

TABLES: dict[str, TableSchema] = {
    "flows": TableSchema(
        "What happened at each crossing, a row for each period, crossing, stream and direction.",
        "run, compare",
        (
            _DATE,
            _key("crossing", "id of the crossing"),
            _STREAM,
            _key("direction", "country entered", "ISO 3166 code"),
            ColumnSchema("arrived", "came to the crossing, or came back to it when a reopening was announced", _N),
            ColumnSchema("crossed", "got across", _N),
            ColumnSchema(
                "turned_away",
                "left unserved because the crossing was closed; who stays for a reopening has not left",
                _N,
            ),
            ColumnSchema("reneged", "left unserved because patience ran out", _N),
            ColumnSchema(
                "waiting",
                "queueing at the end of the period, before anything that happens at that instant; those who stay for a reopening included",
                _N,
            ),
            ColumnSchema("wait_mean_h", "mean wait of those who came in the period, service not counted", "hours"),
            ColumnSchema("wait_p50_h", "median of the same waits", "hours"),
            ColumnSchema("wait_p95_h", "95th percentile of the same waits", "hours"),
            ColumnSchema(
                "servers_needed",
                "fewest servers for which 95% of the period's arrivals would wait no longer than `wait_target_h`; "
                "only by day",
                "servers",
            ),
        ),
    ),
    "totals": TableSchema(
        "Where everybody is at the end of the run, a row for each stream and origin. The states add up to `created`.",
        "run, compare",
        (
            _STREAM,
            _key("origin", "place they start from"),
            ColumnSchema("created", "all travellers of this stream and origin", _N),
            ColumnSchema("at_home", "has not left", _N),
            ColumnSchema("on_road", "on the way to a crossing", _N),
            ColumnSchema("queueing", "in a queue, or staying for a reopening", _N),
            ColumnSchema("in_service", "being served at a control", _N),
            ColumnSchema("after_border", "has crossed, is not yet at the destination", _N),
            ColumnSchema("arrived", "is, or has been, at the destination", _N),
            ColumnSchema("gave_up", "chose not to go on, or not to go at all", _N),
            ColumnSchema("no_alternative", "turned away, and no way is open", _N),
        ),
    ),
    "places": TableSchema(
        "How full each place of arrival is, a row for each period and place.",
        "run, compare",
        (
            _DATE,
            _key("place", "id of the place"),
            ColumnSchema("present", "there at the end of the period", "persons"),
            _key("capacity", "room; empty = unlimited", "persons"),
            ColumnSchema("over", "arrivals in the period that found it full", _N),
        ),
    ),
    "fates": TableSchema(
        "One seed, person by person: a row for each synthetic traveller.",
        "run --seed K",
        (
            _key("traveller", "id; the same person in every scenario with this seed"),
            _STREAM,
            _key("origin", "place it starts from"),
            _key("destination", "place it goes to, as far as it has chosen one"),
            _key("state", "state at the end of the run, as in `totals`"),
            _key("left", "when it set out; empty = never", "local time"),
            _key("crossed", "when it got across; empty = never", "local time"),
            _key("crossing", "where it got across"),
            _key("first_choice", "crossing for which it first set out"),
            _key("km", "travelled up to the end of the run", "km"),
            _key("hours", "of driving in it, without waits", "hours"),
            _key("turned_back", "how often it was turned away or lost patience", "times"),
        ),
    ),
    "observations": TableSchema(
        "What was counted, and what the model has in its place, a row for each row of `observations.csv`.",
        "run, where the scenario has observations",
        (
            _key("id", f"id in {_COUNTED}"),
            _key("crossings", "crossings counted together, ;-separated"),
            _key("direction", "country entered; empty = both", "ISO 3166 code"),
            _key("streams", "streams counted together, ;-separated"),
            _key("what", "arrived, crossed or waiting"),
            _key("unit", "persons or vehicles"),
            _key("from", "start of the period", "local time"),
            _key("until", "end of the period", "local time"),
            _key("count", "number counted", "`unit`"),
            _key("count_max", "upper end where a range was reported", "`unit`"),
            _key("status", f"how firm the count is, as in {_COUNTED}"),
            _key("mean", "simulated, mean over the seeds; empty = no counterpart", "`unit`"),
            _key("p05", "simulated, 5th percentile", "`unit`"),
            _key("p50", "simulated, median", "`unit`"),
            _key("p95", "simulated, 95th percentile", "`unit`"),
            _key(
                "inside",
                "whether the 5th to 95th percentile meets the count, or its range; empty = no counterpart, or fewer than 50 runs",
                "yes or no",
            ),
            _key("scored", "whether the count is firm enough to be held against", "yes or no"),
        ),
    ),
    "effects": TableSchema(
        "The same travellers with and without the orders, a row for each stream and view. Each traveller stands in "
        "exactly one of the nine columns from `diverted` to `outside`.",
        "compare",
        (
            _STREAM,
            ColumnSchema("created", "all travellers of the stream", _N),
            ColumnSchema("diverted", "crossed in both, at another crossing", _N),
            ColumnSchema("delayed", "crossed in both at the same crossing, more than τ later", _N),
            ColumnSchema("advanced", "crossed in both at the same crossing, more than τ earlier", _N),
            ColumnSchema("unaffected", "crossed in both at the same crossing, within τ", _N),
            ColumnSchema("deterred", "crossed only in the baseline; with the orders it gave up or chose not to go", _N),
            ColumnSchema(
                "stranded", "crossed only in the baseline; with the orders no crossing it considers is open", _N
            ),
            ColumnSchema("pending", "crossed only in the baseline; with the orders it has not crossed yet", _N),
            ColumnSchema("induced", "crossed only with the orders", _N),
            ColumnSchema("outside", "crossed in neither", _N),
            ColumnSchema("spill_over", "affected, though no order touches the crossing it chose or used before", _N),
            ColumnSchema("extra_km", "more travelled by one diverted", "km"),
            ColumnSchema("extra_h", "more driven by one diverted", "hours"),
            _key(
                "view",
                "how it is judged: at the end with τ = 6 h (`at the horizon`), 1 h or 24 h, or 30 days later",
            ),
        ),
    ),
    "who_went_where": TableSchema(
        "From the crossing used without the orders to the crossing, or the fate, with them.",
        "compare",
        (
            _STREAM,
            _key("from", "crossing in the baseline, or `not crossed`"),
            _key("to", "crossing with the orders, or the fate of those who did not cross"),
            _key("unit", "unit of the stream"),
            ColumnSchema("number", "how many", "`unit`"),
        ),
    ),
    "measures": TableSchema(
        "The measures of the catalogue for the orders that are compared, with them against without, until they are replaced "
        "or the run ends; a row for each stream and measure.",
        "compare",
        (
            _key("stream", "name of the stream; empty = all together"),
            _key("measure", "name of the measure"),
            _key("unit", "its unit"),
            ColumnSchema("figure", "the measure", "`unit`"),
        ),
    ),
}


def _by_seed(table: str, about: str) -> TableSchema:
    """The table of each seed that goes with a table of bands."""
    columns = [column._replace(band=False) for column in TABLES[table].columns if column.name != "capacity"]
    return TableSchema(about, "run --seeds N", (_key("seed", "the seed"), *columns))


TABLES |= {
    "flows_by_seed": _by_seed(
        "flows", "The rows of `flows` for each seed: use them for the range of any figure that you compute."
    ),
    "totals_by_seed": _by_seed("totals", "The rows of `totals` for each seed."),
    "places_by_seed": _by_seed("places", "The rows of `places` for each seed."),
    "observations_by_seed": TableSchema(
        "What each seed has in the place of each row of `observations.csv`.",
        "run --seeds N",
        (
            _key("seed", "the seed"),
            _key("id", f"id in {_COUNTED}"),
            _key("simulated", "simulated; empty = no counterpart", "`unit` of the observation"),
        ),
    ),
    "runs": TableSchema(
        "The folders of results, one row each, with what made them; put together when results are asked.",
        "query",
        (
            _key("run", "the folder's name; every other table has it as well"),
            _key("command", "run, compare, fit, ..."),
            _key("scenario", "the scenario's name; every other table has it as well"),
            _key("scenario_hash", "the same where the scenario is the same, to the last row"),
            _key("seeds", "seeds that were run, such as 1-100"),
            _key("period", "day or hour: `by` in made_by.json"),
            _key("fit", "the fit whose parameters were drawn; empty = none"),
            _key("version", "of crossings"),
            _key("kernel", "hash of the compiled code"),
            _key("python", "version"),
            _key("machine", "system and processor"),
            _key("made_by", "all of `made_by.json`", "JSON"),
        ),
    ),
}
