"""Country names as people write them, and their ISO 3166 codes.

``codes`` gives every name of a set a code of its own: the ISO code where the name is known, else two or three of its
letters. The names are the usual English ones, with some short forms that are common in humanitarian data.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import combinations, product
from string import ascii_uppercase

# What Unicode's CLDR calls otherwise, or with more words than is usual; then other names of the same countries.
_NAMES = """\
BL Saint Barthelemy;CD Democratic Republic of the Congo;CG Republic of the Congo;CI Ivory Coast;HK Hong Kong;
KN Saint Kitts and Nevis;LC Saint Lucia;MF Saint Martin;MM Myanmar;MO Macau;PM Saint Pierre and Miquelon;PS Palestine;
SH Saint Helena;TL East Timor;TR Turkey;VC Saint Vincent and the Grenadines;VI United States Virgin Islands
"""
_OTHER_NAMES = """\
AE Emirates;AE UAE;BA Bosnia;BF Burkina;CD DRC;CD DR Congo;CD Congo DR;CD Congo Dem Rep;CD Dem Rep Congo;
CD Democratic Republic Congo;CD Zaire;CF CAR;CF Central African Rep;CG RC;CG Congo;CG Congo Republic;
CG Republic of Congo;CG Congo Rep;CG RoC;CV Cabo Verde;CZ Czech Republic;GB UK;GB Great Britain;GB England;GM The Gambia;
GW Guinea Bissau;IR Islamic Republic of Iran;KR Korea;LA Lao PDR;MD Republic of Moldova;MK Macedonia;MM Burma;
PS State of Palestine;RU Russian Federation;SS S Sudan;SS SSudan;SY Syrian Arab Republic;SZ Swaziland;
TZ United Republic of Tanzania;US USA;US United States of America;VE Bolivarian Republic of Venezuela;VN Viet Nam
"""
_NOT_ISO = frozenset(("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"))  # in CLDR


def _pairs(block: str) -> list[tuple[str, str]]:
    return [(item[:2], item[3:]) for item in block.replace("\n", "").split(";")]


@cache
def _names() -> dict[str, str]:
    """Alpha-2 code -> the usual English name: CLDR's, but for some."""
    from babel import Locale

    names = Locale("en").territories
    known = {code: name.replace("&", "and") for code, name in names.items() if len(code) == 2 and code not in _NOT_ISO}
    return known | dict(_pairs(_NAMES))


def _plain(name: str) -> str:
    """Lower-case letters and single spaces only: ``Côte_d'Ivoire`` -> ``cote divoire``."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).lower()
    kept = "".join(" " if ch in "_-/,. ()" else ch for ch in letters if ch.isalpha() or ch in "_-/,. ()")
    return " ".join(kept.split())


@cache
def _iso() -> dict[str, str]:
    """Plain name -> alpha-2 code."""
    from babel import Locale

    every = [*Locale("en").territories.items(), *_names().items(), *_pairs(_OTHER_NAMES)]
    return {_plain(name): code for code, name in every if code in _names()}


def iso_code(name: str) -> str | None:
    """The ISO 3166 alpha-2 code of a country's name, or None where the name is not known.

    >>> iso_code("Burkina_Faso"), iso_code("CAR"), iso_code("Atlantis")
    ('BF', 'CF', None)
    """
    return _iso().get(_plain(name))


@cache
def _letters() -> dict[str, str]:
    """Alpha-2 and alpha-3 codes -> alpha-2 code; alpha-3 as in Unicode's CLDR."""
    from babel.core import get_global

    two = {code: code for code in _names()}
    now = {old: new for old, new in get_global("territory_aliases").items() if len(old) == 3 and old.isalpha()}
    return two | {old: new[0] for old, new in now.items() if len(new) == 1 and new[0] in two} | {"XKX": "XK"}


def alpha2(code: str) -> str:
    """The ISO 3166 alpha-2 code of an alpha-2 or alpha-3 code, in small or large letters; empty where there is none.

    >>> alpha2("and"), alpha2("AD"), alpha2("ZZ")
    ('AD', 'AD', '')
    """
    return _letters().get(code.strip().upper(), "")


def country_name(code: str) -> str:
    """The usual English name of an alpha-2 code; the code itself where it is not known.

    >>> country_name("FI"), country_name("XA")
    ('Finland', 'XA')
    """
    return _names().get(code, code)


def _candidates(name: str) -> Iterable[str]:
    """Codes that a name could have, best first; endless enough for every set of names."""
    known = iso_code(name)
    if known:
        yield known
    letters = "".join(ch for ch in _plain(name).upper() if ch in ascii_uppercase)
    if 2 <= len(letters) <= 3:
        yield letters
    yield from ("".join(three) for three in combinations(letters[:12], 3))
    yield from ("".join(three) for three in product(ascii_uppercase, repeat=3))


def codes(names: Iterable[str]) -> dict[str, str]:
    """A code of its own for every name, in the order given; known countries come first.

    Names that mean one country but are spelt differently stay different, as they are in the data.

    >>> codes(["Mali", "Burkina_Faso", "Atlantis", "Atlantida"])
    {'Mali': 'ML', 'Burkina_Faso': 'BF', 'Atlantis': 'ATL', 'Atlantida': 'ATA'}
    """
    wanted = list(dict.fromkeys(names))
    found: dict[str, str] = {}
    for name in sorted(wanted, key=lambda text: iso_code(text) is None):
        found[name] = next(code for code in _candidates(name) if code not in found.values())
    return {name: found[name] for name in wanted}
