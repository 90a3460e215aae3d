"""schemathesis against the API's own description: whatever is sent that fits it, or does not, no answer is a 500."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given

import two_gates
from crossings.scenario import Scenario
from crossings.web import application
from examples import some

schemathesis = pytest.importorskip("schemathesis")

OPERATIONS = [
    ("GET", "/api/scenarios"),
    ("POST", "/api/scenarios"),
    ("GET", "/api/scenarios/{name}"),
    ("POST", "/api/expected"),
    ("POST", "/api/answer"),
    ("POST", "/api/access"),
    ("POST", "/api/scenario.zip"),
    ("POST", "/api/expected.csv"),
    ("GET", "/api/languages/{code}"),
    ("POST", "/api/options"),
    ("POST", "/api/forecast"),
    ("GET", "/api/runs/{name}/who-went-where.svg"),
    ("GET", "/api/runs/{name}/brief.{form}"),
    ("POST", "/api/runs"),
    ("GET", "/api/runs/{name}"),
    ("DELETE", "/api/runs/{name}"),
    ("GET", "/api/runs/{name}/report.html"),
    ("GET", "/api/runs/{name}/tables.zip"),
    ("POST", "/api/claims"),
    ("GET", "/api/claims/{name}"),
    ("DELETE", "/api/claims/{name}"),
]
NAMES = {
    "scenario": ["served", "nowhere"],
    "crossing": ["vaalimaa", "nuijamaa", "nowhere"],
    "stream": ["asylum", "cars", "nobody"],
    "direction": ["FI", "RU"],
}


def nearer(description):
    """The description with names that the scenario knows, so that what is made up gets past the first check."""
    out = copy.deepcopy(description)
    for body in out["components"]["schemas"].values():
        for key, values in NAMES.items():
            if key in body.get("properties", {}) and body.get("additionalProperties") is False:
                body["properties"][key] = {"type": "string", "enum": values}
        for key in ("crossings", "streams"):
            if key in body.get("properties", {}) and body.get("additionalProperties") is False:
                body["properties"][key]["items"] = {
                    "type": "string",
                    "enum": NAMES[key[:-1] if key != "crossings" else "crossing"],
                }
        if "only" in body.get("properties", {}) and body.get("additionalProperties") is False:
            body["properties"]["only"]["items"] = {"type": "string", "enum": ["c1", "c2", "nobody"]}
        if "seeds" in body.get("properties", {}) and body.get("additionalProperties") is False:
            body["properties"]["seeds"]["maximum"] = 2
        if "from" in body.get("properties", {}) and body.get("additionalProperties") is False:
            body["properties"]["from"] = {
                "type": "string",
                "enum": ["2023-11-13T00:00", "2023-11-20T12:00", "1990-01-01T00:00"],
            }
    return out


@pytest.fixture(scope="module", params=["as it is", "with known names"])
def schema(request, tmp_path_factory):
    said = two_gates.FILES["claims.csv"] + "c2,A governor,2023-11-18,Few were turned away,share_deterred,<,0.1,\n"
    scenario = Scenario.read(two_gates.write(tmp_path_factory.mktemp("described") / "s", {"claims.csv": said}))
    app = application(scenario, hosts=["localhost", "testserver", "127.0.0.1"])

    async def described(scope, receive, send):
        """The application, but for its description, and for its end: each request begins and ends it anew."""
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        if scope.get("path") != "/api/openapi.json" or request.param == "as it is":
            await app(scope, receive, send)
            return
        parts = []

        async def caught(message):
            parts.append(message)

        await app(scope, receive, caught)
        body = json.dumps(nearer(json.loads(parts[1]["body"]))).encode()
        await send(
            parts[0]
            | {"headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]}
        )
        await send(parts[1] | {"body": body})

    return schemathesis.openapi.from_asgi("/api/openapi.json", described)


def test_every_operation_is_tried(schema):
    assert sorted(found.ok().label for found in schema.get_all_operations()) == sorted(
        f"{m} {p}" for m, p in OPERATIONS
    )


@pytest.mark.drawn
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda v: v.strip("/"))
@pytest.mark.parametrize(
    ("schema", "mode"),
    [
        ("with known names", "positive"),
        ("as it is", "negative"),
        # What fits and names nothing that is there is refused at once, and what does not fit is refused whatever it names.
        pytest.param("as it is", "positive", marks=pytest.mark.slow),
        pytest.param("with known names", "negative", marks=pytest.mark.slow),
    ],
    indirect=["schema"],
    scope="module",
)
def test_no_answer_is_a_fault_of_ours(schema, method, path, mode):
    mode = schemathesis.GenerationMode(mode)
    operation = schema[path][method]
    answers = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @some(15)
    def tried(case):
        answered = case.call()
        answers.add(answered.status_code)
        assert answered.status_code < 500, answered.text
        if answered.status_code not in (404, 405) or method in operation.schema.raw_schema["paths"].get(path, {}):
            operation.validate_response(answered)

    try:
        tried()
    except BaseException as error:
        if type(error).__name__ in ("Unsatisfiable", "SkipTest", "Skipped"):
            return  # nothing can be made that does not fit
        raise
    assert answers


@schemathesis.serializer("application/zip")
def _as_it_is(_context, value):
    """Bytes, of a zip or not."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()
