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

__all__ = ["alpha2", "codes", "country_name", "iso_code"]

_NAMES = """\
AD Andorra;AE United Arab Emirates;AF Afghanistan;AG Antigua and Barbuda;AI Anguilla;AL Albania;AM Armenia;
AO Angola;AR Argentina;AS American Samoa;AT Austria;AU Australia;AW Aruba;AX Aland Islands;AZ Azerbaijan;
BA Bosnia and Herzegovina;BB Barbados;BD Bangladesh;BE Belgium;BF Burkina Faso;BG Bulgaria;BH Bahrain;BI Burundi;
BJ Benin;BL Saint Barthelemy;BM Bermuda;BN Brunei;BO Bolivia;BQ Caribbean Netherlands;BR Brazil;BS Bahamas;
BT Bhutan;BW Botswana;BY Belarus;BZ Belize;CA Canada;CD Democratic Republic of the Congo;
CF Central African Republic;CG Republic of the Congo;CH Switzerland;CI Ivory Coast;CK Cook Islands;CL Chile;
CM Cameroon;CN China;CO Colombia;CR Costa Rica;CU Cuba;CV Cape Verde;CW Curacao;CY Cyprus;CZ Czechia;DE Germany;
DJ Djibouti;DK Denmark;DM Dominica;DO Dominican Republic;DZ Algeria;EC Ecuador;EE Estonia;EG Egypt;
EH Western Sahara;ER Eritrea;ES Spain;ET Ethiopia;FI Finland;FJ Fiji;FK Falkland Islands;FM Micronesia;
FO Faroe Islands;FR France;GA Gabon;GB United Kingdom;GD Grenada;GE Georgia;GF French Guiana;GG Guernsey;GH Ghana;
GI Gibraltar;GL Greenland;GM Gambia;GN Guinea;GP Guadeloupe;GQ Equatorial Guinea;GR Greece;GT Guatemala;GU Guam;
GW Guinea-Bissau;GY Guyana;HK Hong Kong;HN Honduras;HR Croatia;HT Haiti;HU Hungary;ID Indonesia;IE Ireland;
IL Israel;IM Isle of Man;IN India;IQ Iraq;IR Iran;IS Iceland;IT Italy;JE Jersey;JM Jamaica;JO Jordan;JP Japan;
KE Kenya;KG Kyrgyzstan;KH Cambodia;KI Kiribati;KM Comoros;KN Saint Kitts and Nevis;KP North Korea;KR South Korea;
KW Kuwait;KY Cayman Islands;KZ Kazakhstan;LA Laos;LB Lebanon;LC Saint Lucia;LI Liechtenstein;LK Sri Lanka;
LR Liberia;LS Lesotho;LT Lithuania;LU Luxembourg;LV Latvia;LY Libya;MA Morocco;MC Monaco;MD Moldova;ME Montenegro;
MF Saint Martin;MG Madagascar;MH Marshall Islands;MK North Macedonia;ML Mali;MM Myanmar;MN Mongolia;MO Macau;
MP Northern Mariana Islands;MQ Martinique;MR Mauritania;MS Montserrat;MT Malta;MU Mauritius;MV Maldives;MW Malawi;
MX Mexico;MY Malaysia;MZ Mozambique;NA Namibia;NC New Caledonia;NE Niger;NG Nigeria;NI Nicaragua;NL Netherlands;
NO Norway;NP Nepal;NR Nauru;NU Niue;NZ New Zealand;OM Oman;PA Panama;PE Peru;PF French Polynesia;
PG Papua New Guinea;PH Philippines;PK Pakistan;PL Poland;PM Saint Pierre and Miquelon;PR Puerto Rico;PS Palestine;
PT Portugal;PW Palau;PY Paraguay;QA Qatar;RE Reunion;RO Romania;RS Serbia;RU Russia;RW Rwanda;SA Saudi Arabia;
SB Solomon Islands;SC Seychelles;SD Sudan;SE Sweden;SG Singapore;SH Saint Helena;SI Slovenia;
SJ Svalbard and Jan Mayen;SK Slovakia;SL Sierra Leone;SM San Marino;SN Senegal;SO Somalia;SR Suriname;
SS South Sudan;ST Sao Tome and Principe;SV El Salvador;SX Sint Maarten;SY Syria;SZ Eswatini;
TC Turks and Caicos Islands;TD Chad;TG Togo;TH Thailand;TJ Tajikistan;TL East Timor;TM Turkmenistan;TN Tunisia;
TO Tonga;TR Turkey;TT Trinidad and Tobago;TV Tuvalu;TW Taiwan;TZ Tanzania;UA Ukraine;UG Uganda;US United States;
UY Uruguay;UZ Uzbekistan;VA Vatican City;VC Saint Vincent and the Grenadines;VE Venezuela;
VG British Virgin Islands;VI United States Virgin Islands;VN Vietnam;VU Vanuatu;WF Wallis and Futuna;WS Samoa;
XK Kosovo;YE Yemen;YT Mayotte;ZA South Africa;ZM Zambia;ZW Zimbabwe
"""

_OTHER_NAMES = """\
AE Emirates;AE UAE;BA Bosnia;BF Burkina;CD DRC;CD DR Congo;CD Congo DR;CD Congo Kinshasa;CD Congo Dem Rep;
CD Dem Rep Congo;CD Democratic Republic Congo;CD Zaire;CF CAR;CF Central African Rep;CG RC;CG Congo;
CG Congo Brazzaville;CG Congo Republic;CG Republic of Congo;CG Congo Rep;CG RoC;CI Cote dIvoire;CV Cabo Verde;
CZ Czech Republic;GB UK;GB Great Britain;GB England;GM The Gambia;GW Guinea Bissau;IR Islamic Republic of Iran;
KR Korea;LA Lao PDR;MD Republic of Moldova;MK Macedonia;MM Burma;PS Palestinian Territories;PS State of Palestine;
RU Russian Federation;SS S Sudan;SS SSudan;SY Syrian Arab Republic;SZ Swaziland;TL Timor Leste;TR Turkiye;
TZ United Republic of Tanzania;US USA;US United States of America;VE Bolivarian Republic of Venezuela;VN Viet Nam
"""


def _plain(name: str) -> str:
    """Lower-case letters and single spaces only: ``Côte_d'Ivoire`` -> ``cote divoire``."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ")).lower()
    kept = "".join(" " if ch in "_-/,. ()" else ch for ch in letters if ch.isalpha() or ch in "_-/,. ()")
    return " ".join(kept.split())


@cache
def _iso() -> dict[str, str]:
    """Plain name -> alpha-2 code."""
    table = {}
    for block in (_NAMES, _OTHER_NAMES):
        for item in block.replace("\n", "").split(";"):
            table[_plain(item[3:])] = item[:2]
    return table


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

    two = {code: code for code in _iso().values()}
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
    names = {item[:2]: item[3:] for item in _NAMES.replace("\n", "").split(";")}
    return names.get(code, code)


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
