"""The bodies that the server accepts, as the OpenAPI description has them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from crossings.claims import SEEDS as CLAIM_SEEDS
from crossings.scenario.field_types import Identifier, IsoCountry, Local
from crossings.web.changes import MAX_CHANGES, Change
from crossings.web.claims_job import MOST_CLAIMS
from crossings.web.claims_view import MAX_CLAIM_SEEDS
from crossings.web.jobs import MAX_SEEDS

ScenarioId = Annotated[str, Field(min_length=1, max_length=80, description="id of a scenario, as listed or uploaded")]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$", description="en, fi, sv or ru")]
Changes = Annotated[tuple[Change, ...], Field(max_length=MAX_CHANGES)]


class Body(BaseModel):
    """A body whose unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(Body):
    """A scenario with changes, applied in order."""

    scenario: ScenarioId
    changes: Changes = ()


class ExpectedAsked(Asked):
    """Expected numbers of a stream, and of those that it can touch; none = of all."""

    stream: Identifier | None = None


class AccessAsked(Asked):
    """Access at a local time; none = noon of the first day."""

    stream: Identifier
    direction: IsoCountry | None = None
    on: Local


class AnswerAsked(Asked):
    """The answer in words for a stream, from expected flows: the scenario with changes against the scenario with others."""

    against: Changes = ()
    stream: Identifier
    language: LanguageCode = "en"


class OptionsAsked(Body):
    """Options to be compared for a stream: the changes of each, that which the others are held against first."""

    scenario: ScenarioId
    stream: Identifier
    options: Annotated[tuple[Changes, ...], Field(min_length=1, max_length=10)]


class DayCounts(Body):
    """What was counted on a local day: crossing → number, in the stream's unit."""

    on: dt.date
    counts: Annotated[dict[Identifier, Annotated[float, Field(ge=0, le=1e7)]], Field(min_length=1, max_length=200)]


class ForecastAsked(Body):
    """What the fit that is served expects; counts: those with which it is carried on first."""

    scenario: ScenarioId
    counts: Annotated[tuple[DayCounts, ...], Field(max_length=31)] = ()


class RunAsked(Asked):
    """An ensemble: the scenario with changes against the scenario with other changes, the same people in both."""

    against: Changes = ()
    seeds: Annotated[int, Field(ge=1, le=MAX_SEEDS, strict=True)] = 20


class ClaimsAsked(Asked):
    """Claims of the scenario with changes to be held to their measures; only: their ids, none = all."""

    only: Annotated[tuple[Identifier, ...], Field(max_length=MOST_CLAIMS)] = ()
    seeds: Annotated[int, Field(ge=1, le=MAX_CLAIM_SEEDS, strict=True, description="pairs of runs in each setting")] = (
        CLAIM_SEEDS
    )
