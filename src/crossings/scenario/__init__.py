"""What a person writes: the entities, a scenario directory read, checked and written, local times and opening hours."""

from crossings.scenario.checking_size import MAX_TRAVELLERS
from crossings.scenario.entities import (
    Behaviour,
    Border,
    Brought,
    Claim,
    Closure,
    Country,
    Crossing,
    Demand,
    Entity,
    Exit,
    Headcount,
    Lane,
    Observation,
    Place,
    Road,
    Settings,
    Stock,
    Stream,
)
from crossings.scenario.hours import OpeningHours, hour_shares
from crossings.scenario.reading import examples
from crossings.scenario.scenario import Scenario, check, read_closures, read_observations
from crossings.scenario.times import Clock, format_when, parse_date, parse_when
from crossings.scenario.writing import closures_text, lanes_text, observations_text, scenario_files, write_checked

__all__ = [
    "MAX_TRAVELLERS",
    "Behaviour",
    "Border",
    "Brought",
    "Claim",
    "Clock",
    "Closure",
    "Country",
    "Crossing",
    "Demand",
    "Entity",
    "Exit",
    "Headcount",
    "Lane",
    "Observation",
    "OpeningHours",
    "Place",
    "Road",
    "Scenario",
    "Settings",
    "Stock",
    "Stream",
    "check",
    "closures_text",
    "examples",
    "format_when",
    "hour_shares",
    "lanes_text",
    "observations_text",
    "parse_date",
    "parse_when",
    "read_closures",
    "read_observations",
    "scenario_files",
    "write_checked",
]
