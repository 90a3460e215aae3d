"""Units and coordinates of a GMNS network: as config.csv says, held against where the nodes lie."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from crossings.errors import InputError
from crossings.io.faults import clip

Floats = NDArray[np.float64]

KM = {"m": 0.001, "km": 1.0, "ft": 0.0003048, "mile": 1.609344}
_ALSO = {
    **dict.fromkeys(("km", "kilometer", "kilometers", "kilometre", "kilometres"), "km"),
    **dict.fromkeys(("mi", "mile", "miles"), "mile"),
    **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "m"),
    **dict.fromkeys(("ft", "foot", "feet"), "ft"),
}
SPEED = {"kph": 1.0, "kmh": 1.0, "km/h": 1.0, "km/hr": 1.0, "mph": 1.609344, "mi/h": 1.609344, "mi/hr": 1.609344}
LEAST, MOST = 0.9, 3.0  # of the length over the straight line, its median: outside, the unit is another
LEAST_FOUND = 0.95  # a road is not shorter than the straight line
LEAST_SINGLE = 0.8  # of the straight line: of twenty links at most one is shorter, as nodes stand for areas
STRAIGHT_KM = 0.02  # shorter links tell little
_NUMBER = re.compile(r"[\s\[('\"]*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*([A-Za-z/]*)[\s\])'\"]*(?:[,;|].*)?")


def length_name(text: str) -> str:
    """The unit of a length as it is called here; empty where it is not known.

    >>> length_name("Feet"), length_name("furlong")
    ('ft', '')
    """
    return _ALSO.get(text.strip().lower(), "")


def number_in(text: str) -> tuple[str, float]:
    """The first number in a cell, and what stands between miles and kilometres an hour: 1.609344 where it says mph, else 0.

    >>> number_in("25 mph"), number_in("['2', '4']"), number_in("none")
    (('25', 1.609344), ('2', 0.0), ('none', 0.0))
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text, 0.0
    return match[1], SPEED.get(match[2].lower(), 0.0)


def length_unit(lengths: Floats, straight_km: Floats, said: str, asked: str) -> tuple[str, str]:
    """The unit of ``lengths`` (one of KM), and a note on how it is known.

    said: the unit of config.csv, or empty; asked: the unit that somebody gives, or empty. Raises InputError where no unit
    fits the coordinates.
    """
    tells = (straight_km > STRAIGHT_KM) & (lengths > 0)
    if asked:
        return asked, ""
    if not tells.any():
        return said or "km", "" if said else "no length can be held against the coordinates: km are taken"
    times = lengths[tells] / straight_km[tells]
    ratio, least = float(np.median(times)), float(np.quantile(times, 0.05))
    if said and LEAST <= ratio * KM[said] <= MOST:
        return said, ""
    fits = {
        unit: ratio * km for unit, km in KM.items() if LEAST_FOUND <= ratio * km <= MOST and least * km >= LEAST_SINGLE
    }
    if not fits:
        first = ratio * KM[said or "km"]
        what = f"lengths are {first:,.3g} times the straight line (in {said or 'km'}, median of {int(tells.sum()):,}): no unit fits"
        raise InputError("link.csv", what, "give the unit: --length m, ft, km or mile; or check the coordinates")
    unit = min(fits, key=lambda name: fits[name])
    why = f"config.csv says {said}" if said else "no unit is given"
    return unit, f"lengths are taken as {unit}, {fits[unit]:.2f} times the straight line (median); {why}"


def paired_factor(values: Floats, in_miles: Floats) -> float:
    """How many of a unit make a mile, from a column beside it that is in miles (``vdf_length_mi``, ``vdf_free_speed_mph``); 0 =
    unknown.

    >>> paired_factor(np.array([1609.0, 3219.0]), np.array([1.0, 2.0]))
    1609.25
    """
    both = np.isfinite(values) & np.isfinite(in_miles) & (in_miles > 0) & (values > 0)
    return float(np.median(values[both] / in_miles[both])) if both.sum() >= 2 else 0.0


def degrees(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Longitudes and latitudes of projected coordinates; crs: an EPSG number or anything that PROJ knows.

    Raises InputError where it is not a coordinate system.
    """
    text = crs.strip()
    if re.fullmatch(r"\d{4,6}", text):
        text = f"EPSG:{text}"
    if not text or re.search(r"4326|wgs ?84$|crs84", text.lower()):
        return x, y
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        lon, lat = Transformer.from_crs(CRS.from_user_input(text), 4326, always_xy=True).transform(x, y)
        if (np.abs(x) <= 180).all() and (np.abs(y) <= 90).all() and CRS.from_user_input(text).is_projected:
            what = f"crs: {clip(crs, 40)} has metres or feet, and the coordinates of node.csv look like degrees"
            raise InputError("config.csv:2", what, "write EPSG:4326, if they are")
    except ProjError:
        raise InputError(
            "config.csv:2", f"crs: {clip(crs, 40)} is not a coordinate system", "write for example EPSG:32619"
        ) from None
    return np.asarray(lon, float), np.asarray(lat, float)
