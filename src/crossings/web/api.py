"""The JSON API, described by OpenAPI at /api/openapi.json; the page uses nothing else."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from crossings import __version__
from crossings.errors import InputError
from crossings.simulation.comparison import Comparison
from crossings.store.results import Runs
from crossings.views.language import LANGUAGES
from crossings.views.language import language as words_of
from crossings.web.answer_payload import access_view, answer_view
from crossings.web.changes import Change, apply, parameters_only
from crossings.web.claims_job import Examination, examination
from crossings.web.downloads import FORMS, brief_file, expected_csv, picture, report_html, scenario_zip, tables_zip
from crossings.web.encoding import as_json
from crossings.web.faults import line_of
from crossings.web.jobs import BusyError, Run, RunJobs
from crossings.web.live_answer import answer_json, expected_answer
from crossings.web.options_view import options_view
from crossings.web.registry import ScenarioRegistry, UnknownError
from crossings.web.requests import (
    AccessAsked,
    AnswerAsked,
    Asked,
    ClaimsAsked,
    ExpectedAsked,
    ForecastAsked,
    OptionsAsked,
    RunAsked,
)
from crossings.web.results_view import result_view
from crossings.web.scenario_payload import scenario_view
from crossings.web.schemas import (
    AccessAnswer,
    ClaimsAnswer,
    ExpectedAnswer,
    FaultsAnswer,
    ForecastAnswer,
    LanguageAnswer,
    Listed,
    LiveAnswer,
    OptionsAnswer,
    RunAnswer,
    ScenarioAnswer,
)
from crossings.web.uploads import read_upload

UPLOADS = "/api/scenarios"
REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": FaultsAnswer, "description": "The body cannot be read."},
    404: {"model": FaultsAnswer, "description": "No such scenario or run, or not any more."},
    413: {"model": FaultsAnswer, "description": "More than is read."},
    422: {"model": FaultsAnswer, "description": "What was given cannot be used: a line for each reason."},
    429: {"model": FaultsAnswer, "description": "Too many runs are waiting."},
}
RunId = Annotated[str, Path(max_length=60)]
ScenarioId = Annotated[str, Path(max_length=80)]
Code = Annotated[str, Query(max_length=10, description="language: en, fi, sv or ru")]
Stream = Annotated[str, Query(max_length=80)]


def router(registry: ScenarioRegistry, runs: RunJobs) -> APIRouter:
    """Every route, on the scenarios of a registry and the runs of a server."""
    api = APIRouter(prefix="/api", responses=REFUSED)
    _scenarios(api, registry)
    _answers(api, registry)
    _runs(api, registry, runs)
    _claims(api, registry, runs)
    return api


def _scenarios(api: APIRouter, registry: ScenarioRegistry) -> None:
    @api.get("/scenarios", summary="The scenarios that everybody may use", response_model=Listed)
    def listed() -> Any:
        items = [{"id": key, "title": title, "kind": kind} for key, title, kind in registry.listed()]
        return {"first": registry.first, "scenarios": items, "languages": LANGUAGES, "version": __version__}

    @api.get("/languages/{code}", summary="The texts of the page in a language", response_model=LanguageAnswer)
    def texts(code: Annotated[str, Path(max_length=10)]) -> Any:
        return {"code": code, "texts": words_of(code).catalogue}

    @api.post(
        "/scenarios",
        summary="Read a scenario directory or a Flee directory, sent as a zip",
        **_gives(ScenarioAnswer, 201),
    )
    def upload(raw: Annotated[bytes, Body(media_type="application/zip")] = b"") -> Response:
        held = registry.put(*read_upload(raw))
        return _json(scenario_view(held, registry.model(held.id), registry.counted(held.id)), 201)

    @api.get("/scenarios/{name}", summary="A scenario as it is", **_gives(ScenarioAnswer))
    def one(name: ScenarioId) -> Response:
        fit = registry.fit(name)
        view = None if fit is None else fit.view()
        return _json(scenario_view(registry.held(name), registry.model(name), registry.counted(name), view))


def _answers(api: APIRouter, registry: ScenarioRegistry) -> None:
    @api.post("/expected", summary="Expected numbers of a scenario with changes, at once", **_gives(ExpectedAnswer))
    def expected(asked: ExpectedAsked) -> Response:
        answer = registry.answer(asked.scenario, asked.changes, asked.stream)
        model = registry.model(asked.scenario, asked.changes)
        return _json(answer_view(model, answer, registry.states(asked.scenario), registry.counted(asked.scenario)))

    @api.post(
        "/answer",
        summary="The answer in words, from expected flows: what is tried against something else",
        **_gives(LiveAnswer),
    )
    def answer(asked: AnswerAsked) -> Response:
        against = _against(asked)
        now, was = (registry.answer(asked.scenario, side, asked.stream) for side in (asked.changes, against))
        model, base = (registry.model(asked.scenario, side) for side in (asked.changes, against))
        found = expected_answer(base, model, was, now, asked.stream)
        return _json(answer_json(found, model, words_of(asked.language)))

    @api.post(
        "/options", summary="Options beside one another, as `crossings options` measures them", **_gives(OptionsAnswer)
    )
    def options(asked: OptionsAsked) -> Response:
        return _json(options_view(registry, asked.scenario, asked.stream, asked.options))

    @api.post("/forecast", summary="What the fit that is served expects, updated with counts", **_gives(ForecastAnswer))
    def forecast(asked: ForecastAsked) -> Response:
        fit = registry.fit(registry.held(asked.scenario).id)
        if fit is None:
            raise InputError("scenario", "is served without a fit", "start with: crossings serve SCENARIO --fit DIR")
        return _json(fit.expected([(c.on, c.counts) for c in asked.counts]))

    @api.post("/access", summary="How far to the nearest open crossing", **_gives(AccessAnswer))
    def access(asked: AccessAsked) -> Response:
        model = registry.model(asked.scenario, asked.changes)
        return _json(access_view(model, asked.stream, asked.direction, asked.on))

    @api.post("/scenario.zip", summary="The scenario with changes as a directory", **_sends("application/zip"))
    def directory(asked: Asked) -> Response:
        scenario = registry.changed(asked.scenario, asked.changes)
        return _file(scenario_zip(scenario), "application/zip", f"{scenario.settings.name}.zip")

    @api.post("/expected.csv", summary="Expected numbers as CSV", **_sends("text/csv"))
    def table(asked: Asked) -> Response:
        model = registry.model(asked.scenario, asked.changes)
        text = expected_csv(model, registry.answer(asked.scenario, asked.changes))
        return _file(text.encode(), "text/csv", f"{model.scenario.settings.name}-expected.csv")


def _runs(api: APIRouter, registry: ScenarioRegistry, runs: RunJobs) -> None:
    @api.post(
        "/runs",
        summary="Run an ensemble, the same people with and without; where both sides are alike, of the one scenario",
        **_gives(RunAnswer, 202),
    )
    def start(asked: RunAsked) -> Response:
        baseline = apply(registry.held(asked.scenario).scenario, _against(asked))
        model = registry.model(asked.scenario, asked.changes)
        alike = baseline.hash == model.scenario.hash
        run = runs.start(None if alike else baseline, model, asked.seeds, registry.counted(asked.scenario))
        return _json(_view(runs, run, 0), 202)

    @api.get("/runs/{name}", summary="How far a run is, and its results so far", **_gives(RunAnswer))
    def look(
        name: RunId,
        have: Annotated[int, Query(ge=0, le=10**6, description="seeds whose results are known")] = 0,
        language: Code = "en",
    ) -> Response:
        return _json(_view(runs, runs.get(name), have, language))

    @api.delete("/runs/{name}", summary="Stop a run", **_gives(RunAnswer))
    def stop(name: RunId) -> Response:
        return _json(_view(runs, runs.cancel(runs.get(name)), 10**6))

    @api.get("/runs/{name}/report.html", summary="A run as the report", **_sends("text/html"))
    def report(name: RunId, language: Code = "en") -> Response:
        run = runs.get(name)
        name = f"{run.model.scenario.settings.name}-report.html"
        return _file(report_html(run.model, _some(run), words_of(language)), "text/html; charset=utf-8", name)

    @api.get(
        "/runs/{name}/who-went-where.svg",
        summary="Who went where, as the report draws it; for the page, whose style sheet it takes its colours from",
        **_sends("image/svg+xml"),
    )
    def who(
        name: RunId,
        stream: Stream,
        width: Annotated[int, Query(ge=300, le=2000)] = 1100,
        before: Annotated[str, Query(max_length=120)] = "",
        after: Annotated[str, Query(max_length=120)] = "",
        language: Code = "en",
    ) -> Response:
        run = runs.get(name)
        svg = picture(run.model, _some(run), stream, width, (before, after), words_of(language))
        return Response(svg, media_type="image/svg+xml")

    @api.get(
        "/runs/{name}/brief.{form}",
        summary="A run as a brief of two pages, or its planning figures as a workbook",
        **_sends("application/octet-stream"),
    )
    def brief(
        name: RunId, form: Annotated[str, Path(max_length=10)], stream: Stream, language: Code = "en"
    ) -> Response:
        run = runs.get(name)
        content = brief_file(run.model, _some(run), stream, f".{form}", words_of(language))
        return _file(content, FORMS[f".{form}"], f"{run.model.scenario.settings.name}-brief.{form}")

    @api.get("/runs/{name}/tables.zip", summary="The tables of a run, as CSV", **_sends("application/zip"))
    def tables(name: RunId) -> Response:
        run = runs.get(name)
        return _file(tables_zip(_some(run)), "application/zip", f"{run.model.scenario.settings.name}-tables.zip")


def _claims(api: APIRouter, registry: ScenarioRegistry, runs: RunJobs) -> None:
    @api.post(
        "/claims", summary="Hold claims to their measures, as `crossings claims` does", **_gives(ClaimsAnswer, 202)
    )
    def hold(asked: ClaimsAsked, language: Code = "en") -> Response:
        scenario = registry.model(asked.scenario, asked.changes).scenario
        return _held(runs, runs.begin(examination(scenario, asked.only, asked.seeds)), 0, language, 202)

    @api.get("/claims/{name}", summary="How far the claims are", **_gives(ClaimsAnswer))
    def look(
        name: RunId,
        have: Annotated[int, Query(ge=0, le=10**6, description="findings that are known")] = 0,
        language: Code = "en",
    ) -> Response:
        return _held(runs, runs.job(name, Examination), have, language)

    @api.delete("/claims/{name}", summary="Stop holding claims", **_gives(ClaimsAnswer))
    def stop(name: RunId) -> Response:
        return _held(runs, runs.cancel(runs.job(name, Examination)), 10**6, "en")


def _held(runs: RunJobs, job: Examination, have: int, code: str, status: int = 200) -> Response:
    return _json(job.view(have, words_of(code)) | {"ahead": runs.ahead(job)}, status)


def _some(run: Run) -> Comparison | Runs:
    """What has come in of a run; raises InputError where that is nothing."""
    found = run.found()
    if found is None:
        raise InputError("run", "has no result yet", "wait for its first seeds")
    return found


def _view(runs: RunJobs, run: Run, have: int, code: str = "en") -> dict[str, Any]:
    state = run.state  # before the seeds: what is called done is shown whole
    number = len(run.done)
    found = run.found() if number > have else None
    result = None
    if found is not None:
        result = result_view(run.model, found, run.counted, whole=number == run.seeds, words=words_of(code))
    return {
        "id": run.id,
        "state": state,
        "ahead": runs.ahead(run),
        "done": run.finished,
        "shown": number,
        "seeds": run.seeds,
        "problem": run.problem,
        "result": result,
    }


def _against(asked: AnswerAsked | RunAsked) -> tuple[Change, ...]:
    """The changes of the other side, with the parameters of what is tried: both hold the same people, who behave alike."""
    own = parameters_only(asked.against)
    return (*parameters_only(asked.changes), *(c for c in asked.against if c not in own))


def _gives(model: type[BaseModel], status: int = 200) -> dict[str, Any]:
    """A route's answer: an object of this form."""
    return {"status_code": status, "responses": {status: {"model": model}}}


def _sends(kind: str) -> dict[str, Any]:
    """A route's answer: a file of this media type."""
    return {"responses": {200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}}


def _json(value: Any, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")


def _file(content: bytes, kind: str, name: str) -> Response:
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{plain}"'})


# --- refusals ----------------------------------------------------------------------------------


def refusals(app: FastAPI, api: APIRouter) -> None:
    """Every refusal has one form: a list of lines, as the command line says them; ``api``: the routes of `router`."""

    @app.exception_handler(InputError)
    def refuse(_: Request, error: InputError) -> Response:
        status = 404 if isinstance(error, UnknownError) else 429 if isinstance(error, BusyError) else 422
        return _faults(status, [str(fault) for fault in error.faults])

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        return _faults(422, [line_of(dict(item)) for item in error.errors()[:50]])

    @app.exception_handler(HTTPException)
    def other(request: Request, error: HTTPException) -> Response:
        answer = _faults(error.status_code, [str(error.detail)])
        answer.headers.update(error.headers or {})
        if error.status_code == 405:
            answer.headers["allow"] = ", ".join(_methods([*app.routes, *api.routes], request))
        return answer

    @app.exception_handler(MemoryError)
    def full(_: Request, _error: MemoryError) -> Response:
        return _faults(503, ["this machine's memory is full; try a smaller scenario"])

    @app.exception_handler(Exception)
    def fault(_: Request, error: Exception) -> Response:
        return _faults(500, [f"this is a fault of crossings: {type(error).__name__}"])


def _methods(routes: list[BaseRoute], request: Request) -> list[str]:
    """The methods that a path has, of all routes; where there is GET there is HEAD."""
    found: set[str] = set()
    for route in routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _faults(status: int, lines: list[str]) -> Response:
    return _json({"faults": lines}, status)
