"""Write docs/reference/ from the code: the files, the settings, the commands, the Python names, the tables.

python docs/make_reference.py [DIRECTORY]
"""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import inspect
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

import crossings
from crossings.scenario.draft import TABLES as FILES
from crossings.scenario.entities import Behaviour, Brought, Country, Entity, Settings, Stream
from crossings.scenario.messages import END_FIELDS, bare, columns, meaning
from crossings.store.schema import TABLES as RESULTS

__all__ = ["pages", "write"]

MADE = "<!-- Made by docs/make_reference.py from the code. Change the code, then run: make docs -->\n\n"
HUGE = 1e5  # upper ends beyond this only keep times within 64 bits, and are not worth a word

ABOUT_FILES = f"""# Files of a scenario

{{made}}A scenario is a directory with [`scenario.yaml`](settings.md) and CSV files. Only `places.csv` is always needed; where
there are crossings, so are `crossings.csv` and `borders.csv`. A file with no rows can be left out.

- Text is UTF-8. Cells are separated by commas, items within a cell by `;`.
- The first row names the columns, in any order. An unknown column is a fault. An empty cell means the default.
- A *name* is up to 80 letters, digits, spaces and `.+/()'_-`, and begins with a letter, a digit or `_`.
- A *date or time* is `2023-11-18`, `2023-11-18T06:00` or `2023-11-18 06:00`, by the clock of the scenario's `timezone`.
  A bare date is the start of that day, but in {" and ".join(f"`{n}`" for n in sorted(END_FIELDS - {"end"}, key=len))} its end.
- `yes` and `no` are written so.
- *Opening hours* are a part of OpenStreetMap's: `24/7`, `Mo-Fr 08:00-16:00; Sa 10:00-14:00; Su off`. A later rule overrides
  an earlier one for the days that it names.
- *24 shares* are 24 numbers with `;` between, hours 00 to 23. They need not add up to 1.

`crossings check DIR` reports every fault at once. How the values act: [the model](../model.md).
"""

ABOUT_SETTINGS = """# Settings: scenario.yaml

{made}The period, the clocks, and the streams of travellers with their behaviour. An unknown key is a fault that says which name
was meant. A key that is left out, or left empty, has its default. How the values act: [the model](../model.md).
"""

ABOUT_COMMANDS = """# Commands

{made}`SCENARIO` is a directory, or the name of a bundled scenario. A name with a slash, or an existing directory, is a path.

Exit status: 0 well, 2 bad input (one line a fault, on standard error), 130 interrupted, 1 anything else.
JSON is always in km and hours; `--units imperial` changes only what is printed. A progress bar shows on a terminal only.
"""

ABOUT_PYTHON = """# Python

{made}Everything public is found as `crossings.NAME`. Nothing prints, exits or draws from a global random generator. Tables are
[polars](https://docs.pola.rs) data frames; their columns: [tables](tables.md). A `Results` also has the `flows`, `totals`,
`places` and `made_by` of its `runs`.
"""

ABOUT_TABLES = """# Tables of results

{made}`--out DIR` writes each table as `NAME.parquet`, beside `made_by.json` and a copy of the scenario; the tables of each seed
(`NAME_by_seed`) as `seeds/NAME/*.parquet`, some seeds a file. In Python they are polars data frames of the same columns, and
`crossings query DIR` [asks them with SQL](../guides/ask-the-results.md), where a number can be empty (null).

A column marked *band* stands four times: `NAME_mean`, `NAME_p05`, `NAME_p50`, `NAME_p95`, the mean and percentiles over the
seeds. The band holds the chance of the draws, not the doubt about the parameters. *Units of the stream* are persons, cars or
trucks, as the stream says. In `--json` the four are gathered: `"crossed": {"mean": ..., "p05": ..., "p50": ..., "p95": ...}`.
"""


# --- types in plain words ----------------------------------------------------------------------


def _bounds(annotation: Any, metadata: Any = ()) -> Iterator[Any]:
    """Every constraint in an annotation, however deep in unions."""
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)
    origin = get_origin(annotation)
    if origin is Annotated:
        first, *rest = get_args(annotation)
        yield from _bounds(first, rest)
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _bounds(part)


def _number(info: FieldInfo, whole: bool) -> str:
    limits: dict[str, float] = {}
    for item in _bounds(info.annotation, info.metadata):
        limits |= {k: getattr(item, k) for k in ("ge", "gt", "le") if getattr(item, k, None) is not None}
    low = f"from {limits['ge']:g}" if "ge" in limits else f"over {limits['gt']:g}" if "gt" in limits else ""
    high = f"to {limits['le']:g}" if limits.get("le", HUGE) < HUGE else ""
    return " ".join(part for part in ("whole number" if whole else "number", low, high) if part)


def _is_name(annotation: Any, info: FieldInfo | None = None) -> bool:
    return any(getattr(item, "pattern", None) for item in _bounds(annotation, info.metadata if info else ()))


def kind_of(info: FieldInfo, *, yaml: bool) -> str:
    """The type of a field as a person writes it."""
    base = bare(info.annotation)
    origin = get_origin(base)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in get_args(base))
    if base is bool:
        return "`yes` or `no`"
    if base in (int, float):
        return _number(info, base is int)
    if base is dt.datetime:
        return "date or time"
    if base is dt.date:
        return "date"
    if origin is tuple:
        what = "names" if _is_name(get_args(base)[0]) else "numbers"
        return f"list of {what}" if yaml else f"{what}, `;` between"
    if origin is dict:
        return _map_of(get_args(base)[1])
    if isinstance(base, type) and issubclass(base, Entity):
        return "keys, see below"
    extra = info.json_schema_extra
    if isinstance(extra, dict) and extra.get("unit") == "ISO 3166 code":
        return "country code"
    return "name" if _is_name(info.annotation, info) else "text"


def _map_of(value: Any) -> str:
    base = bare(value)
    if get_origin(base) is tuple:
        return "name: list of " + ("names" if _is_name(get_args(base)[0]) else "numbers")
    if base in (int, float):
        return "name: number"
    return "name: keys, see below" if isinstance(base, type) and issubclass(base, Entity) else "name: anything"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**needed**"
    value = info.default
    if value is True or value is False:
        return "no" if value is False else "yes"
    if value in (None, "", ()) or value == {} or isinstance(value, Entity):
        return ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _unit(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
    return "" if unit in ("local date or time", "date", "ISO 3166 code", "1") else unit


def _meaning(info: FieldInfo) -> str:
    return _cell(info.description or meaning(info))


def _cell(text: str) -> str:
    """Text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _fields(model: type[Entity], *, yaml: bool) -> str:
    rows = []
    for name, field in columns(model).items():
        info = model.model_fields[field]
        rows.append((f"`{name}`", _meaning(info), kind_of(info, yaml=yaml), _unit(info), _default(info)))
    return _table(("key" if yaml else "column", "meaning", "type", "unit", "default"), rows)


# --- pages -------------------------------------------------------------------------------------


def files_page() -> str:
    """Every CSV file of a scenario."""
    parts = [ABOUT_FILES.replace("{made}", MADE)]
    for name, model in FILES.items():
        parts.append(f"\n## {name}.csv\n\n{_prose(model)}\n\n{_fields(model, yaml=False)}")
    parts.append(
        "\n## Other files\n\n"
        "| file | what it is |\n|---|---|\n"
        "| named in `borders.csv`, column `line` | GeoJSON with one LineString: the border, for the map and for access |\n"
        "| named in `scenario.yaml`, key `basemap` | GeoJSON outlines that are drawn behind the map |\n"
        "| named in `scenario.yaml`, key `sources` | what the figures rest on, as text |\n"
    )
    return "".join(parts)


def settings_page() -> str:
    """Every key of scenario.yaml."""
    parts = [ABOUT_SETTINGS.replace("{made}", MADE)]
    levels: list[tuple[str, str, type[Entity]]] = [
        ("Top level", "", Settings),
        ("countries.CODE", "", Country),
        ("streams.NAME", "", Stream),
        ("streams.NAME.behaviour", "", Behaviour),
        ("streams.NAME.behaviour.brought", "", Brought),
    ]
    for title, _, model in levels:
        heading = title if title == "Top level" else f"`{title}`"
        parts.append(f"\n## {heading}\n\n{_prose(model)}\n\n{_fields(model, yaml=True)}")
    return "".join(parts)


def tables_page() -> str:
    """Every table of results."""
    parts = [ABOUT_TABLES.replace("{made}", MADE)]
    for name, table in RESULTS.items():
        rows = [
            (f"`{column.name}`", _cell(column.meaning), column.unit, "band" if column.band else "")
            for column in table.columns
        ]
        about = f"{table.about} Written by: `{table.written_by}`." if "," not in table.written_by else ""
        about = about or f"{table.about} Written by: {table.written_by}."
        parts.append(f"\n## {name}\n\n{about}\n\n{_table(('column', 'meaning', 'unit', ''), rows)}")
    return "".join(parts)


def commands_page() -> str:
    """Every command with its options."""
    import typer

    from crossings.cli.app import build

    parts = [ABOUT_COMMANDS.replace("{made}", MADE)]
    for name, command in _walk(typer.main.get_command(build()), ""):
        parts.append(_command(name, command))
    return "".join(parts)


def _walk(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _walk(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([f"crossings {name}", *(_argument(p) for p in arguments), *(["[OPTIONS]"] if options else [])])
    rows = [(f"`{_argument(p)}`", _cell(p.help or ""), "**needed**" if p.required else "") for p in arguments]
    rows += [(f"`{_option(p)}`", *_split_default(p)) for p in options]
    text = inspect.cleandoc(command.callback.__doc__ or "")
    table = "\n" + _table(("", "meaning", "default"), rows) if rows else ""
    return f"\n## {name}\n\n```text\n{usage}\n```\n\n{text}\n{table}"


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _option(parameter: Any) -> str:
    longest = max(parameter.opts, key=len)
    if parameter.is_flag:
        return longest
    kind = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    choices = (
        get_args(kind) if get_origin(kind) is Literal else getattr(getattr(parameter, "type", None), "choices", None)
    )
    shown = "/".join(str(c) for c in choices) if choices else parameter.metavar or "VALUE"
    return f"{longest} {shown}"


def _split_default(parameter: Any) -> tuple[str, str]:
    """Help without the default that is written in it, and the default."""
    text, _, said = (parameter.help or "").partition("  [default: ")
    default = said.rstrip("]")
    if not default and parameter.show_default and not parameter.is_flag and parameter.default is not None:
        value = parameter.default
        default = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.rstrip(".") + "." if text else ""
    return _cell(text), f"`{default}`" if re.fullmatch(r"[\w.]+", default) else _cell(default)


def python_page() -> str:
    """Every public name with its signature and docstring."""
    parts = [ABOUT_PYTHON.replace("{made}", MADE)]
    for name in crossings.__all__:
        value = getattr(crossings, name)
        parts.append(_class(name, value) if inspect.isclass(value) else _function(name, value, "## "))
    return "".join(parts)


def _class(name: str, value: type[Any]) -> str:
    parts = [f"\n## {name}\n\n"]
    if not issubclass(value, Exception) and not dataclasses.is_dataclass(value):
        parts.append(f"```pyi\n{_signature(name, value)}\n```\n\n")
    parts.append(_prose(value) + "\n")
    for key, member in vars(value).items():
        if key.startswith("_"):
            continue
        inner = getattr(member, "__func__", None) or getattr(member, "fget", None) or getattr(member, "func", None)
        target = inner or member
        if not inspect.isfunction(target) or not target.__doc__:
            continue
        title = f"{name}.{key}"
        called = inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
        parts.append(_function(title, target, "### ", called=called))
    return "".join(parts)


def _function(title: str, value: Any, marks: str, *, called: bool = True) -> str:
    shown = f"```pyi\n{_signature(title, value)}\n```\n\n" if called else ""
    return f"\n{marks}{title}\n\n{shown}{_prose(value)}\n"


def _signature(title: str, value: Any) -> str:
    """A signature as it is written, a parameter a line where it is long; without self and cls."""
    signature = inspect.signature(value)
    kept = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    shown: list[str] = []
    for p in kept:
        if p.kind is p.KEYWORD_ONLY and "*" not in shown and not any(s.startswith("*") for s in shown):
            shown.append("*")
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        kind = f": {_plain(p.annotation)}" if p.annotation is not p.empty else ""
        default = "" if p.default is p.empty else f" = {_value(p.default)}"
        shown.append(f"{star}{p.name}{kind}{default}")
    found = signature.return_annotation
    back = "" if found in (signature.empty, None, "None") or inspect.isclass(value) else f" -> {_plain(found)}"
    line = f"{title}({', '.join(shown)}){back}"
    return line if len(line) <= 90 else f"{title}(\n" + "".join(f"    {s},\n" for s in shown) + f"){back}"


def _value(value: Any) -> str:
    if isinstance(value, range):
        return f"range({value.start}, {value.stop})"
    return repr(value)


def _plain(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return re.sub(r"\b(dt|pl|np|os)\.", "", text)


def _prose(value: Any) -> str:
    """A docstring as Markdown: sections become lists, doctests blocks of code."""
    text = re.sub(r"(?m)^(\w+)\n-{3,}$", r"**\1**\n", inspect.cleandoc(_own_doc(value)).replace("``", "`"))
    # What comes in and out: the name and type, and what is said of it.
    text = re.sub(r"(?m)^(\S.*)\n((?:    .*\n?)+)", _item, text)
    out: list[str] = []
    code = False
    for line in text.split("\n"):
        if line.startswith(">>>") and not code:
            out += ([] if not out or not out[-1] else [""]) + ["```pycon"]
            code = True
        elif code and not line:
            out.append("```")
            code = False
        out.append(f"\\{line}" if line.startswith("[") and not code else line)
    return "\n".join([*out, "```"] if code else out)


def _item(found: re.Match[str]) -> str:
    name, said = found[1], " ".join(found[2].split())
    return found[0] if name.startswith(">>>") else f"- `{name}`: {said}\n"


def _own_doc(value: Any) -> str:
    """The docstring in the source, not the one that dataclasses make."""
    found = value.__doc__ or ""
    if inspect.isclass(value):
        tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(value)))
        found = ast.get_docstring(tree.body[0], clean=False) or ""  # type: ignore[arg-type]
    return found


# --- writing -----------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """The text of every page by its name."""
    return {
        "files.md": files_page(),
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "tables.md": tables_page(),
        "python.md": python_page(),
    }


def write(directory: Path) -> None:
    """Write every page to a directory; a page that is as it should be is left alone."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        file = directory / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "reference")
