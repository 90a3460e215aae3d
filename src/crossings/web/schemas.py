"""The answers that are given, as the OpenAPI description has them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Numbers = list[float | None]


class FaultsAnswer(BaseModel):
    """Why a request was not answered: a line for each reason."""

    faults: list[str]


class Item(BaseModel):
    """A scenario that everybody may use."""

    id: str
    title: str
    kind: Literal["bundled", "served", "uploaded"]


class Listed(BaseModel):
    """The scenarios at hand, and the one to begin with."""

    first: str
    scenarios: list[Item]
    languages: dict[str, str] = Field(description="code → its own name")
    version: str


class LanguageAnswer(BaseModel):
    """A language: English text → the same in it. {name} stands for a value."""

    code: str
    texts: dict[str, str]


class Counted(BaseModel):
    """A count over a period, in the stream's unit (of more than a day: the mean per day)."""

    start: str
    end: str
    low: float
    high: float
    kind: Literal["firm", "at_least", "conflict"]
    words: str


class PanelAnswer(BaseModel):
    """One chart: a stream at a set of crossings; gates: positions in ``gates``."""

    stream: str
    name: str
    crossings: list[str]
    direction: str | None
    gates: list[int]
    counted: list[Counted]


class ParameterAnswer(BaseModel):
    """A number of a stream's behaviour, and its prior where the scenario gives one."""

    name: str
    of: str | None
    meaning: str
    unit: str
    value: float | None
    prior: str


class StreamAnswer(BaseModel):
    """A kind of traveller."""

    id: str
    name: str
    unit: Literal["person", "car", "truck"]
    units: str = Field(description="what several of them are called")
    persons: float
    directions: list[str]
    direction: str | None
    origins: list[str]
    destinations: list[str]
    source: str
    waiting: int | None = Field(
        description="how many wait to come at the start; none = the scenario has no stock of them"
    )
    parameters: list[ParameterAnswer]
    other_priors: list[dict[str, str]]


class FitAnswer(BaseModel):
    """A calibration that can be updated with counts: of which days, streams and crossings."""

    until: str = Field(description="the last day of the counts that it was made of")
    first: str
    last: str
    streams: list[str]
    crossings: list[str]


class ScenarioAnswer(BaseModel):
    """A scenario as it is: names, ground, streams, counts, claims. Times are local."""

    id: str
    kind: Literal["bundled", "served", "uploaded"]
    name: str
    title: str
    hash: str
    timezone: str
    start: str
    end: str
    horizon: str
    days: list[str]
    countries: dict[str, str]
    states: dict[str, str] = Field(description="what a gate can be on a day, in the order of the numbers in `states`")
    streams: list[StreamAnswer]
    crossings: list[dict[str, Any]]
    places: list[dict[str, Any]]
    gates: list[dict[str, str]]
    later_orders: list[str] = Field(description="orders that begin after the start")
    first_effect: str | None = Field(description="first day within the run on which what is closed changes")
    lines: bool = Field(description="whether a border has a line, along which access is measured")
    ground: dict[str, Any] | None
    roads: dict[str, Any] = Field(
        description="ways to each gate and on, for drawing; see `crossings.web.scenario_payload`"
    )
    camps: list[dict[str, Any]] = Field(description="places where people were counted, and how many at each day's end")
    panels: list[PanelAnswer]
    waiting_counts: dict[str, dict[str, list[Counted]]]
    endings: list[dict[str, Any]] = Field(
        description="where everybody is at the end: key, words, and the states of `ends` that it gathers; together all"
    )
    all_words: str = Field(description="what all of them together are called")
    cells: dict[str, str] = Field(description="what can become of the same people, and its words")
    fates: dict[str, str] = Field(description="short words of the fates in `flows`")
    measures: dict[str, dict[str, str]] = Field(description="the catalogue of measures: title, unit, meaning")
    least_runs: int = Field(description="fewer runs do not say whether a count lies inside their range")
    claims: list[dict[str, str | float | None]] = Field(
        description="as written; verdict and reason where nothing that is computed can change them"
    )
    claims_held: dict[str, int] = Field(
        description="seeds to begin with, at most, and from how many on there is a verdict"
    )
    fit: FitAnswer | None = Field(description="the fit that it is served with")
    sources: str
    notes: list[str]


class BarAnswer(BaseModel):
    """An order, or rows of it with the same times: where, and for which streams at each crossing."""

    model_config = ConfigDict(populate_by_name=True)
    order: str
    rows: list[str]
    kind: Literal["closed", "part", "slowed", "hours", "quota", "deterrent"]
    value: str
    direction: str | None
    announced: str
    from_: str = Field(alias="from")
    until: str | None
    end: str | None
    replaced: bool
    where: dict[str, list[str]]
    estimated: bool
    source: str


class ExpectedAnswer(BaseModel):
    """Expected numbers: a row a gate, none for gates of other streams; a column a day; in the stream's unit, waits in hours."""

    hash: str
    streams: list[str]
    arrived: list[Numbers | None]
    crossed: list[Numbers | None]
    waiting: list[Numbers | None]
    wait_h: list[Numbers | None]
    on_duty: list[list[int] | None] = Field(description="officers at the entry control at noon of each day")
    lines: list[list[int] | None] = Field(description="control lines on which these are")
    ends: dict[str, dict[str, float]]
    camps: dict[str, list[float]] = Field(description="persons at each day's end where people were counted")
    camp_error: float | None = Field(description="averaged relative difference of these and the counts")
    states: list[list[int] | None]
    bars: list[BarAnswer]
    notes: list[str]


class LiveAnswer(BaseModel):
    """The answer in words, written by rule from the figures: as `crossings whatif` prints it."""

    title: str
    period: str
    sentences: list[str]
    runs: int = Field(description="0: expected flows")
    orders: list[str] = Field(description="the orders that are compared")
    alone: bool = Field(description="whether nothing is compared")
    alerts: list[dict[str, str]] = Field(description="thresholds that are passed: level and words")
    beds: list[dict[str, Any]] = Field(description="receptions that take people in, the first that fills first")
    changing: str = Field(description="which assumption would change the answer most; empty for expected flows")


class OptionRow(BaseModel):
    """The figures of an option, as `crossings options` has them, and who is processed where."""

    processed: float
    longest_wait_h: float
    no_way: float
    longest_gap_km: float | None
    journeys_lost: float = Field(description="travellers of all other groups that cross less than in the first option")
    crossed: dict[str, float]


class OptionsAnswer(BaseModel):
    """Options beside one another, of expected flows, over the days from the first difference to the end of the run."""

    from_: str = Field(alias="from")
    until: str
    rows: list[OptionRow]


class ExpectedAt(BaseModel):
    """A crossing: percentiles of what may be counted there, a number a day."""

    id: str
    stream: str
    p05: list[float]
    p50: list[float]
    p95: list[float]


class CountAnswer(BaseModel):
    """A count, and what the fit expected of it before; chance: of one as far out."""

    on: str
    crossings: list[str]
    low: float
    high: float
    p05: float
    p50: float
    p95: float
    chance: float


class ForecastAnswer(BaseModel):
    """What a fit expects, under all orders as written."""

    until: str
    surprise: bool = Field(description="whether a count was next to impossible")
    few: bool = Field(description="whether so few draws are left that the answer is rough")
    draws: int
    left: float
    counts: list[CountAnswer]
    days: list[str]
    crossings: list[ExpectedAt]
    seconds: float


class AccessAnswer(BaseModel):
    """How far to the nearest open crossing, border by border: as `crossings access --json`, and the gap by day in km."""

    borders: list[dict[str, Any]]


class RunAnswer(BaseModel):
    """Where a run is; ``result`` when there is more of it than the asker has."""

    id: str
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    ahead: int
    done: int
    shown: int
    seeds: int
    problem: str
    result: dict[str, Any] | None


class SettingAnswer(BaseModel):
    """A claim in one setting; p: share of pairs of runs in which it holds; turns: other than as written, it says something
    else.
    """

    setting: str
    name: str = Field(description="in the language")
    meaning: str
    figure: str = Field(description="without its unit, but for per cent")
    p: float | None
    pairs: int
    turns: bool


class FindingAnswer(BaseModel):
    """What the numbers say of a claim: as `crossings claims --json` has it, and in the words of a language, with the 5th to 95th
    percentile of runs and unit.
    """

    id: str
    language: str
    finding: dict[str, Any] = Field(description="an item of `claims` in what `crossings claims --json` prints")
    figure: str
    people: str = Field(description="of a claim about people: how many people the figure of journeys can be")
    reason: str = Field(description="why the verdict is so")
    lines: list[str] = Field(
        description="how it was computed, what stands behind it, what moves it, what it does not say"
    )
    settings: list[SettingAnswer]


class ClaimsAnswer(BaseModel):
    """How far the claims are, and the findings that the asker does not have yet."""

    id: str
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    ahead: int
    problem: str
    seeds: int
    claims: list[str] = Field(description="their ids, in the order in which they are examined")
    now: list[str] = Field(description="those that are being examined")
    runs: int = Field(description="pairs of runs that are done for these")
    of_runs: int = Field(description="pairs of runs that they need; 0 = not known yet, or none")
    shown: int
    made_by: dict[str, Any]
    findings: list[FindingAnswer]
