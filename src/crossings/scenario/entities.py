"""What a person writes, as frozen values: each name, unit, default and meaning is written here once.

The readers, the checks and the reference pages are made from these classes.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from crossings.scenario.field_types import (
    Duration,
    Entity,
    Finite,
    Identifier,
    Identifiers,
    IsoCountry,
    Local,
    NonNegative,
    Positive,
    Share,
    Speed,
    Text,
    spread,
)
from crossings.scenario.field_types import field as _f
from crossings.scenario.fit_spec import FitSettings
from crossings.scenario.order_kinds import Kind

__all__ = [
    "Behaviour",
    "Border",
    "Brought",
    "Claim",
    "Closure",
    "Country",
    "Crossing",
    "Demand",
    "Entity",
    "Exit",
    "Headcount",
    "Lane",
    "Observation",
    "Place",
    "Road",
    "Settings",
    "Stock",
    "Stream",
]

# --- rows of CSV files -------------------------------------------------------------------------


class Border(Entity):
    """A land border between two countries, with its line."""

    id: Identifier = _f("name of the border")
    country_a: IsoCountry = _f("country on side a", "ISO 3166 code")
    country_b: IsoCountry = _f("country on side b", "ISO 3166 code")
    declared_km: Positive | None = _f("official length, to which gaps are scaled", "km", None)
    line: Text | None = _f("GeoJSON file in this directory with the border's LineString", default=None)


class Place(Entity):
    """Somewhere people are, pass, or go."""

    id: Identifier = _f("name of the place")
    name: Text = _f("as printed", default="")
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] = _f("latitude", "degrees north")
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = _f("longitude", "degrees east")
    country: IsoCountry = _f("country it lies in", "ISO 3166 code")
    kind: Literal["origin", "town", "reception", "destination"] = _f("what it is for", default="town")
    population: NonNegative | None = _f("inhabitants", "persons", None)
    capacity: NonNegative | None = _f("room for arrivals; empty = unlimited", "persons", None)
    present: NonNegative = _f("persons there at the start, who are not travellers", "persons", 0.0)
    stay_days: Annotated[float, Field(ge=0.001, le=1e6, allow_inf_nan=False)] | None = _f(
        "mean stay after arriving, exponential; empty = for good", "days", None
    )
    source: Text = _f("where the figures come from", default="")
    estimated: bool = _f("yes where a figure is ours", default=False)


class Road(Entity):
    """A road between two places of one country; both ways unless ``one_way``."""

    id: Identifier | None = _f("name of the road; empty = FROM--TO", default=None)
    from_: Identifier = _f("place at one end", alias="from")
    to: Identifier = _f("place at the other end")
    km: NonNegative = _f("length", "km")
    hours: Duration | None = _f("driving time", "hours", None)
    speed_kmh: Speed | None = _f("speed, where hours are not given", "km/h", None)
    modes: Identifiers = _f("modes that may use it, ;-separated; empty = all", default=())
    one_way: bool = _f("only from FROM to TO", default=False)
    source: Text = _f("where the figure comes from", default="")
    estimated: bool = _f("yes where the figure is ours", default=False)

    @property
    def name(self) -> str:
        """The road's id, or FROM--TO."""
        return self.id or f"{self.from_}--{self.to}"


class Crossing(Entity):
    """A border crossing point between a place on side a and a place on side b."""

    id: Identifier = _f("name of the crossing")
    name: Text = _f("as printed, on side a", default="")
    name_b: Text = _f("its name on side b", default="")
    border: Identifier = _f("border it lies on")
    place_a: Identifier = _f("place at its side in country_a")
    place_b: Identifier = _f("place at its side in country_b")
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] = _f("latitude", "degrees north")
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = _f("longitude", "degrees east")
    source: Text = _f("where it was read", default="")


class Lane(Entity):
    """Servers at one control of a crossing, for one direction and some streams, while valid."""

    id: Identifier = _f("name of the lane")
    crossing: Identifier = _f("crossing it belongs to")
    direction: IsoCountry = _f("country entered", "ISO 3166 code")
    side: Literal["exit", "entry"] = _f("control of the country left (exit) or entered (entry)", default="entry")
    streams: Identifiers = _f("streams served, ;-separated", min_length=1)
    servers: Annotated[int, Field(ge=0, le=1000)] = _f("travellers served at once", "servers", 1)
    hours: Text = _f("opening hours, local time of the controlling country", "e.g. Mo-Fr 08:00-16:00", "24/7")
    valid_from: Local | None = _f("in use from; empty = always", "local date or time", None)
    valid_until: Local | None = _f("in use until (a bare date includes that day)", "local date or time", None)
    service_min_mean: Duration = _f("mean service time", "minutes")
    service_cv: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), AfterValidator(spread)] = _f(
        "coefficient of variation of the service time: 0 fixed, 1 exponential, else gamma", "ratio", 1.0
    )
    quota_per_day: Annotated[int, Field(ge=0, le=10**9)] | None = _f(
        "most services begun in a local day", "units/day", None
    )
    published: Local | None = _f(
        "when the row could first be known (give it on all lanes of a queue, or on none); empty = always",
        "local date or time",
        None,
    )
    source: Text = _f("where the figures come from", default="")
    estimated: bool = _f("yes where the figures are ours", default=False)


class Demand(Entity):
    """Units a day that set out (flow) or join those who wait to go (stock), Poisson by local day."""

    stream: Identifier = _f("stream")
    origin: Identifier = _f("place they start from")
    destination: Identifier | None = _f("place they go to; empty = they choose", default=None)
    from_: dt.date = _f("first local day", "date", alias="from")
    until: dt.date = _f("last local day", "date")
    per_day: Annotated[float, Field(ge=0, le=1e8, allow_inf_nan=False)] = _f("expected number", "units/day")
    profile: Text = _f("a profile's name, or 24 shares by local hour; empty = flat", default="")
    published: Local | None = _f("when the figure could first be known; empty = always", "local date or time", None)
    source: Text = _f("where the figure comes from", default="")
    estimated: bool = _f("yes where the figure is ours", default=False)


class Stock(Entity):
    """Units that wait at an origin to go, and the rate at which each leaves in a period."""

    stream: Identifier = _f("stream")
    origin: Identifier = _f("place where they wait")
    initial: Annotated[int, Field(ge=0, le=10**9)] = _f("number at the start (one row of the stock)", "units", 0)
    from_: Local = _f("start of the period", "local date or time", alias="from")
    until: Local = _f("end of the period (a bare date includes that day)", "local date or time")
    hazard_per_day: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = _f("rate of leaving", "1/day")
    profile: Text = _f("a profile's name, or 24 shares by local hour; empty = flat", default="")
    published: Local | None = _f("when the figure could first be known; empty = always", "local date or time", None)
    source: Text = _f("where the figure comes from", default="")
    estimated: bool = _f("yes where the figure is ours", default=False)


class Closure(Entity):
    """One row of an order: what it closes or limits, for whom, from when to when, and when it was announced."""

    id: Identifier = _f("name of the row")
    order: Identifier = _f("order the row belongs to")
    crossings: Identifiers = _f("crossings it acts on, ;-separated", default=())
    roads: Identifiers = _f("roads it closes, ;-separated", default=())
    places: Identifiers = _f("places it closes, ;-separated", default=())
    direction: IsoCountry | None = _f("country entered; empty = both directions", "ISO 3166 code", None)
    streams: Identifiers = _f("streams it acts on, ;-separated; empty = all", default=())
    announced: Local | None = _f("when it became known; empty = from", "local date or time", None)
    from_: Local = _f("takes effect", "local date or time", alias="from")
    until: Local | None = _f(
        "ends (a bare date includes that day); empty = until further notice", "local date or time", None
    )
    kind: Kind = _f(
        "closed; part (the share VALUE of the capacity is left); slowed (service VALUE longer); hours (limited to VALUE); "
        "quota (VALUE a day); deterrent (keeps the share VALUE away, or counts as VALUE of waiting); lifted (ends the orders "
        "in replaces); note (on the timeline, without effect here)",
        default="closed",
    )
    value: Text = _f("share, factor or minutes, opening hours, units a day, by kind", default="")
    replaces: Identifiers = _f(
        "orders that end when this row begins, ;-separated; of a lifted row only at what it names", default=()
    )
    source: Text = _f("where it was read", default="")
    estimated: bool = _f("yes where a time is ours", default=False)


class Observation(Entity):
    """A count of a set of crossings over a period, as it was reported."""

    id: Identifier = _f("name of the row")
    crossings: Identifiers = _f("crossings counted together, ;-separated", min_length=1)
    direction: IsoCountry | None = _f("country entered; empty = both", "ISO 3166 code", None)
    streams: Identifiers = _f("streams counted together, ;-separated", min_length=1)
    from_: Local = _f("start of the period", "local date or time", alias="from")
    until: Local = _f("end of the period (a bare date includes that day)", "local date or time")
    count: NonNegative = _f("number counted", "unit")
    count_max: NonNegative | None = _f("upper end where the report gives a range", "unit", None)
    unit: Literal["persons", "vehicles"] = _f("what was counted", default="persons")
    what: Literal["arrived", "crossed", "waiting"] = _f("at what point of the journey", default="crossed")
    status: Literal["final", "derived", "lower_bound", "conflict", "off-model"] = _f("how firm it is", default="final")
    published: Local | None = _f("when it was made public; empty = until", "local date or time", None)
    tells: Share = _f("chance that the figure tells anything: 1 a count, 0.5 one party's word", "share", 1.0)
    source: Text = _f("where it was read", default="")
    note: Text = _f("working of a derived figure, or a caution", default="")


class Exit(Entity):
    """A rate at which people leave a place where they have arrived, on top of ``stay_days``."""

    place: Identifier | None = _f("place they leave; empty = every place with arrivals", default=None)
    from_: Local = _f("start of the period", "local date or time", alias="from")
    until: Local = _f("end of the period (a bare date includes that day)", "local date or time")
    hazard_per_day: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = _f("rate of leaving", "1/day")
    published: Local | None = _f("when the figure could first be known; empty = always", "local date or time", None)


class Headcount(Entity):
    """People counted at a place, such as a camp, at the end of a day."""

    place: Identifier = _f("place where they are")
    date: dt.date = _f("local day at whose end they were counted", "local date")
    count: NonNegative = _f("people there", "persons")
    published: Local | None = _f("when it could first be known; empty = at once", "local date or time", None)
    source: Text = _f("where the number comes from", default="")


class Claim(Entity):
    """What somebody said, and the measure that bears on it."""

    id: Identifier = _f("name of the claim")
    by: Text = _f("who said it")
    date: dt.date = _f("when", "date")
    words: Text = _f("our paraphrase")
    measure: Text = _f("measure from the catalogue; empty = not testable here", default="")
    comparison: Text = _f("<, <=, > or >=; empty = only the figure is shown", default="")
    value: Text = _f("number that the measure is compared with, in its unit", default="")
    orders: Identifiers = _f(
        "orders it is about, ;-separated; empty = all that begin after the start and were announced by its day",
        default=(),
    )
    streams: Identifiers = _f("streams it is about, ;-separated; empty = all", default=())
    crossings: Identifiers = _f("crossings it is about, ;-separated (peak_load); empty = all", default=())
    reading: Text = _f("why its words are read as this measure and this value", default="")
    source: Text = _f("where it was read", default="")


# --- scenario.yaml -----------------------------------------------------------------------------


class Brought(Entity):
    """Some travel in groups, all to the crossing whose turn it is."""

    share: Share = _f("probability that a group is brought", "share", 0.0)
    group_size: Annotated[int, Field(ge=1, le=10000)] = _f("people in a group", "persons", 1)
    rotate: Identifiers = _f("crossings in turn", default=())
    dwell_h: Annotated[float, Field(ge=0.01, le=1e6, allow_inf_nan=False)] = _f(
        "time for which one crossing has its turn", "hours", 24.0
    )


class Behaviour(Entity):
    """How a stream leaves, knows, chooses, travels and queues (sections 3 to 7 of the model)."""

    cost: Literal["power", "exponential"] = _f("form of the cost of a journey", default="power")
    gamma: NonNegative = _f("weight of ln(softening + km), power cost", "1", 1.0)
    softening_km: Positive = _f("added to km, power cost", "km", 10.0)
    beta: NonNegative = _f("weight of hours, exponential cost", "1/h", 0.1)
    wait_weight: NonNegative = _f("weight of believed waiting", "1/h", 0.05)
    outside_km: Positive | None = _f("journey as costly as not going, power cost; none = no such way out", "km", None)
    outside_h: Positive | None = _f("the same in hours, exponential cost", "hours", None)
    alpha: dict[str, Finite] = _f("attraction of crossings and destinations by name", "1", {})
    nests: dict[Identifier, Identifiers] = _f("crossings that share one preference draw", default={})
    choice_set: Annotated[int, Field(ge=1, le=10000)] = _f("most alternatives considered", "alternatives", 32)
    capacity: Literal["room", "buffer"] = _f("how a filling destination repels", default="room")
    knowledge_delay_h: Duration = _f("mean delay from an announcement to knowing of it", "hours", 0.0)
    board_delay_h: Duration = _f("by how much what is heard of waits at the crossings is old", "hours", 0.0)
    rush: Positive = _f("factor on the rate of leaving between knowing of a closure and its effect", "1", 1.0)
    flexible_days: Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)] = _f(
        "days by which a journey of a flow can be made earlier or later where an order closes its way, mean; 0 = on its day",
        "days",
        0.0,
    )
    recovery_at_once: Share = _f(
        "share of travellers who go again by a crossing as soon as its closure of a day or more has ended", "share", 1.0
    )
    recovery_days: Annotated[float, Field(ge=0, le=3650, allow_inf_nan=False)] = _f(
        "mean time after which the others do; until then it is closed to them when they leave home", "days", 0.0
    )
    journey_cv: Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)] = _f(
        "spread of journey times between persons", "ratio", 0.0
    )
    setup_h: Duration = _f("mean time to arrange a long detour", "hours", 0.0)
    setup_beyond_h: Duration = _f("extra journey that makes a detour long", "hours", 2.0)
    renege_per_day: NonNegative = _f("rate of losing patience in a queue", "1/day", 0.0)
    give_up: Share = _f("probability of giving up when turned away or out of patience", "share", 0.0)
    day_shape: Annotated[float, Field(ge=0.01, le=1e9, allow_inf_nan=False)] | None = _f(
        "shape of the gamma day factor; none = no day factor", "1", None
    )
    group_size: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = _f(
        "size of the group in which a person travels and decides, mean over persons; 1 = alone", "persons", 1.0
    )
    brought: Brought | None = _f("people brought in groups", default=None)


class Stream(Entity):
    """One kind of traveller."""

    name: Text = _f("as printed", default="")
    unit: Literal["person", "car", "truck"] = _f("what one traveller is", default="person")
    persons: Positive = _f("persons in one unit", "persons", 1.0)
    mode: Identifier = _f("mode of travel, for roads that are not for all", default="road")
    speed_kmh: Speed | None = _f("own top speed; none = the road's", "km/h", None)
    kind: Literal["flow", "stock"] = _f("ordinary traffic, or people waiting to go", default="flow")
    choose: Literal["crossing", "destination"] = _f("what a preference is about", default="crossing")
    direction: IsoCountry | None = _f("country entered, where no destination is given", "ISO 3166 code", None)
    destinations: Identifiers = _f(
        "places it may go to where demand names none; empty = all of kind destination or reception", default=()
    )
    behaviour: Behaviour = _f("how it behaves", default=Behaviour())
    source: Text = _f("where the parameters come from", default="")


class Country(Entity):
    """A country: its name and its clock."""

    name: Text = _f("as printed", default="")
    timezone: Text = _f("IANA time zone; empty = the scenario's", default="")


class Threshold(Entity):
    """From which reading on something is to be watched (amber), and acted upon (red)."""

    amber: NonNegative | None = _f("watch from here on; empty = never", default=None)
    red: NonNegative | None = _f("act from here on; empty = never", default=None)


class Thresholds(Entity):
    """Readings that make somebody act: shown in amber and red, with the day on which they are passed."""

    wait_h: Threshold = _f("mean wait of those who join a queue on a day, hours", default=Threshold())
    waiting: Threshold = _f("waiting at a crossing at a day's end, units of the stream", default=Threshold())
    beds_share: Threshold = _f("share of a reception's beds that is taken", default=Threshold(amber=0.9, red=1.0))
    gap_km: Threshold = _f("longest stretch of border without an open crossing, km", default=Threshold())


class Settings(Entity):
    """scenario.yaml: the period, the clocks, the streams and how they behave."""

    name: Identifier = _f("name of the scenario")
    title: Text = _f("as printed", default="")
    start: Local = _f("start of the run", "local date or time")
    end: Local = _f("end of demand (a bare date includes that day)", "local date or time")
    timezone: Text = _f("IANA zone in which dates are read and printed", default="UTC")
    step_min: Annotated[int, Field(ge=15, le=1440)] = _f("clock of the board", "minutes", 60)
    drain_days: Annotated[float, Field(ge=0, le=365, allow_inf_nan=False)] = _f(
        "time after the end without new demand", "days", 7.0
    )
    wait_target_h: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = _f(
        "wait that 95% should stay under, for servers needed", "hours", 1.0
    )
    basemap: Text | None = _f("GeoJSON outlines for the map", default=None)
    sources: Text | None = _f("file that lists the sources", default=None)
    countries: dict[IsoCountry, Country] = _f("countries by ISO code", default={})
    profiles: dict[Identifier, tuple[NonNegative, ...]] = _f(
        "named hour profiles: 24 shares, local hours of the origin", default={}
    )
    streams: dict[Identifier, Stream] = _f("streams by name", min_length=1)
    thresholds: Thresholds = _f("readings that make somebody act", default=Thresholds())
    fit: FitSettings = _f("what is learned from counts", default=FitSettings())
