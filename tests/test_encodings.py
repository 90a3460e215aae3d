"""Tables of other people in other encodings: every command that reads some has ``--encoding``, and it reaches the reader."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main

from crossings.cli import main
from crossings.cli.app import build

# Commands that read no table of a person's own: what they read is in UTF-8 by its form, or comes as options.
NONE = {
    *(
        "check",
        "explain",
        "run",
        "compare",
        "whatif",
        "brief",
        "options",
        "fit",
        "update",
        "score",
        "evidence",
    ),  # scenarios
    *("access", "claims", "serve", "again", "query", "export", "examples", "demo", "version", "atlas"),
    *("import osm", "observe unhcr", "observe cbp"),  # XML or PBF; JSON or XML
}
FORECAST = ("crossing", "stream", "direction", "from", "until", "count")


def commands() -> dict[str, set[str]]:
    """The options of each command by its words."""
    found = {}
    group = typer.main.get_command(build())
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        for words, one in (
            [(name, command)]
            if not hasattr(command, "commands")
            else [(f"{name} {k}", c) for k, c in command.commands.items()]
        ):
            found[words] = {opt for p in one.params for opt in p.opts}
    return found


def test_every_command_that_reads_a_table_can_be_told_its_encoding() -> None:
    found = commands()
    assert set(found) >= NONE, "a command in the list is gone"
    with_it = {words for words, options in found.items() if "--encoding" in options}
    assert with_it == set(found) - NONE


def status(arguments: list[str]) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def three(folder: Path, encoding: str) -> Path:
    folder.mkdir()
    rows = "\n".join(f"Кузница,cars,BY,2022-03-{k:02},2022-03-{k:02},{300 + k}" for k in range(1, 29))
    (folder / "counts.csv").write_bytes(f"{','.join(FORECAST)}\n{rows}\n".encode(encoding))
    (folder / "crossings.csv").write_bytes("id,lat,lon\nКузница,53.5,23.6\n".encode(encoding))
    (folder / "closures.csv").write_bytes(
        "order,crossings,from,kind\nзакрыта,Кузница,2022-03-20,closed\n".encode(encoding)
    )
    return folder


def network(folder: Path, encoding: str) -> Path:
    folder.mkdir()
    nodes = ["node_id,name,x_coord,y_coord,country", "1,Гродно,23.8,53.7,BY", "2,Сокулка,23.5,53.4,PL"]
    links = ["link_id,from_node_id,to_node_id,directed,length,free_speed,allowed_uses", "1,1,2,false,40000,60,auto"]
    (folder / "node.csv").write_bytes("\n".join(nodes).encode(encoding))
    (folder / "link.csv").write_bytes("\n".join(links).encode(encoding))
    return folder


def waits(folder: Path, encoding: str) -> Path:
    folder.mkdir()
    rows = [f"Кузница,BY,cars,standard,2022-03-01T{h:02}:00,40,2" for h in range(24)]
    head = "crossing,direction,stream,lane,at,wait_min,lanes_open"
    (folder / "waits.csv").write_bytes("\n".join([head, *rows]).encode(encoding))
    (folder / "counts.csv").write_text("id,crossings,direction,streams,from,until,count,unit,what,status\n")
    return folder


CASES = {
    "backtest": (three, lambda d, to: ["backtest", d, "--origins", "2022-03-21"]),
    "forecast": (three, lambda d, to: ["forecast", d]),
    "new": (
        three,
        lambda d, to: [
            "new",
            to,
            "--counts",
            d / "counts.csv",
            "--crossings",
            d / "crossings.csv",
            "--closures",
            d / "closures.csv",
        ],
    ),
    "observe csv": (
        three,
        lambda d, to: [
            "observe",
            "csv",
            d / "counts.csv",
            "--place",
            "crossing",
            "--from",
            "from",
            "--count",
            "count",
            "--stream",
            "cars",
            "--direction",
            "BY",
            "--to",
            to,
        ],
    ),
    "import gmns": (network, lambda d, to: ["import", "gmns", d, to]),
    "lanes": (waits, lambda d, to: ["lanes", d / "waits.csv", "--counts", d / "counts.csv"]),
}


@pytest.mark.parametrize("words", CASES)
def test_a_table_in_another_encoding_is_refused_with_the_option_named_and_read_with_it(
    tmp_path: Path, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, call = CASES[words]
    folder = make(tmp_path / "given", "windows-1251")
    arguments = [str(a) for a in call(folder, tmp_path / "made")]
    assert status(arguments) == 2
    refused = capsys.readouterr().err
    assert "--encoding" in refused
    assert "windows-1251" in refused
    assert status([*arguments, "--encoding", "windows-1251"]) == 0
    told = capsys.readouterr()
    assert "--encoding" not in told.err
    assert "not UTF-8" not in told.err.replace("not UTF-8: read as windows-1251", "")
    assert status([*arguments, "--encoding", "klingon"]) == 2
    assert "is not an encoding" in capsys.readouterr().err
