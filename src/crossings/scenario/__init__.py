"""What a person writes: the entities, a scenario directory read, checked and written, local times and opening hours."""

from crossings.scenario.checked import check, read_closures, write_checked
from crossings.scenario.clock import Clock, parse_date, parse_when
from crossings.scenario.entities import (
    Behaviour,
    Border,
    Brought,
    Closure,
    Country,
    Crossing,
    Demand,
    Entity,
    Headcount,
    Lane,
    Observation,
    Place,
    Road,
    Settings,
    Stock,
    Stream,
)
from crossings.scenario.opening_hours import OpeningHours, hour_shares
from crossings.scenario.reader import examples
from crossings.scenario.scenario import Scenario
from crossings.scenario.validate.size import MAX_TRAVELLERS
from crossings.scenario.writer import scenario_files, table_text

__all__ = [
    "MAX_TRAVELLERS",
    "Behaviour",
    "Border",
    "Brought",
    "Clock",
    "Closure",
    "Country",
    "Crossing",
    "Demand",
    "Entity",
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
    "examples",
    "hour_shares",
    "parse_date",
    "parse_when",
    "read_closures",
    "scenario_files",
    "table_text",
    "write_checked",
]
