"""What every entity is made of: a frozen value, its kinds of number and text, and how a field is declared."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

Finite = Annotated[float, Field(allow_inf_nan=False)]
# Upper ends far beyond any border keep every time within the 64 bits in which the model counts milliseconds.
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Duration = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Speed = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Identifier = Annotated[str, Field(pattern=r"^[\w][\w .+/()'-]*$", max_length=80)]
IsoCountry = Annotated[str, Field(pattern=r"^[A-Z]{2,3}$")]
Text = Annotated[str, Field(max_length=2000)]
Identifiers = tuple[Identifier, ...]


def _local(when: dt.datetime) -> dt.datetime:
    if when.tzinfo is not None:
        raise ValueError("times are local: without a zone")
    if not 1800 <= when.year <= 3000:
        raise ValueError("years 1800 to 2999 are accepted")
    return when.replace(microsecond=0, fold=0)


LOCAL_TIME = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$",
    "examples": ["2023-11-18T00:00"],
}  # no "date-time": that has a zone
Local = Annotated[dt.datetime, AfterValidator(_local), WithJsonSchema(LOCAL_TIME)]


def spread(value: float) -> float:
    """A coefficient of variation: 0, or large enough to be drawn."""
    if 0 < value < 0.001:
        raise ValueError(f"{value:g} is a spread of less than 0.001; write 0 for a fixed time")
    return value


def field(meaning: str, unit: str = "", default: Any = ..., alias: str | None = None, **extra: Any) -> Any:
    """A field with its meaning and unit; ``alias``: its name in files."""
    schema: dict[str, Any] = {"unit": unit} if unit else {}
    return Field(default, description=meaning, alias=alias, json_schema_extra=schema or None, **extra)


class Entity(BaseModel):
    """A frozen value whose unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, str_strip_whitespace=True)
