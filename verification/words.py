"""Words that a scenario file may hold by a slip, by a bad export or by intent."""
# ruff: noqa: SIM905  lists of words are easier to read as text

from __future__ import annotations

NUMBERS = (
    *"0 -0 -1 1 2 0.5 1e-9 1e-300 5e-324 1e4 1e6 1e8 1e9 1e12 1e18 1e300 1.7976931348623157e308 1e999 nan inf -inf".split(),
    *"0x10 1_000 1,5 \u0661\u0662 \uff19 +3".split(),
    *(" 7 ", "1e", "24", "9223372036854775807", "9223372036854775808", "2147483648", "999999999", "1000000000"),
    *("9" * 400, "15", "1440"),
)
DATES = (
    *"2023-11-31 2023-02-29 2024-02-29 1800-01-01 2999-12-31 3000-01-01 9999-12-31 0001-01-01".split(),
    *("2023-11-18T24:00", "2023-11-18T25:00", "2023-11-18 12:00", "2023-11-18T12:00Z", "2023-11-18T12:00+02:00"),
    *"18.11.2023 11/18/2023 20231118 2023-W46-6 2023-10-29T03:30 2023-03-26T03:30 1969-12-31".split(),
    *"2023-11-13 2023-11-20 2024-03-10 2024-03-04 2023-11-06 1799-12-31 2023-11-18T12:00:60".split(),
)
HOURS = (
    *("24/7", "off", "Mo-Fr 08:00-16:00", "22:00-06:00", "00:00-24:00", "00:00-00:00", "08:00-08:01", "25:00-26:00"),
    *("Mo-Su off", "Fr-Mo 10:00-11:00", "08:00-12:00,11:00-14:00", "Xx 08:00-16:00", ";", "sunrise-sunset", "8-16"),
    ",".join(f"{h:02}:{m:02}-{h:02}:{m + 1:02}" for h in range(24) for m in range(0, 58, 15)),
)
TEXTS = (
    *("", " ", *"~ null true no yes NO FI RU XA XX fi [ { } &a *a !!python/name:os".split()),
    *("'", '"', '""', "\\", ";", ";;;", "a;b;;a", "|", "\t", ": ", "- ", "? ", "#", "%"),
    *"$(id) `id` {{7*7}} <script>".split(),
    *("\u202e", "\u200b", "\ufeff", "e\u0301", "\u2028", "\x85", "\x1b[2J", "\x00", "\x7f", "\ud800"),
    *("\U0001d518", "\U0001f600" * 50, "\u0130", "\xdf"),
    *(
        "../x",
        "/etc/passwd",
        "~root",
        "con",
        "a" * 81,
        "x" * 10_001,
        "scenario.yaml",
        "line.geojson",
        "SOURCES.md",
        ".",
    ),
    *"closed hours quota note stock flow destination crossing power exponential entry exit".split(),
    *"origin town reception room buffer persons vehicles Europe/Helsinki Mars/Olympus UTC".split(),
)
KEYS = (
    "name start end streams behaviour brought gamma alpha nests fit profiles countries rush day_shape setup_h capacity "
    "choice_set knowledge_delay_h renege_per_day journey_cv persons outside_km outside_h beta step_min drain_days "
    "softening_km wait_weight give_up choose kind"
).split()
EXTREMES = "0 1 2 3 0.001 1e-9 1e-300 7 60 1000 1e5 1e7 100000000 1e12 1e17 1e300".split()
GOOD_HOURS = (*HOURS[:7], "Mo 00:00-00:01", "23:59-00:01")
FIGURES = frozenset(
    "capacity present stay_days quota_per_day servers service_cv initial speed_kmh count_max declared_km".split()
)
BEHAVIOUR = (
    "gamma softening_km beta wait_weight outside_km outside_h choice_set knowledge_delay_h rush journey_cv setup_h "
    "setup_beyond_h renege_per_day give_up day_shape"
).split()
WORDS = (*NUMBERS, *DATES, *HOURS, *TEXTS)
