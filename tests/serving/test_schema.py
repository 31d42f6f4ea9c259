"""The OpenAPI text holds: schemathesis sends what it allows and what it forbids."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
from schemathesis.specs.openapi import checks  # noqa: E402

OPERATIONS = [
    ("/v1/audio/speech", "POST"),
    ("/v1/audio/enhance", "POST"),
    ("/v1/audio/convert", "POST"),
    ("/v1/models", "GET"),
    ("/v1/models/{model}", "GET"),
    ("/v1/audio/voices", "GET"),
    ("/health", "GET"),
    ("/metrics", "GET"),
]


@pytest.fixture(scope="module")
def api(served):
    return schemathesis.openapi.from_url(f"{served.url}/openapi.json")


def test_the_list_is_complete(served):
    paths = served.get("/openapi.json").json()["paths"]
    found = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        *((path, method, "POSITIVE") for path, method in OPERATIONS),
        *((path, method, "NEGATIVE") for path, method in OPERATIONS if method == "POST"),
    ],
)
def test_every_answer_is_as_it_is_documented(api, path, method, mode):
    """Names of models and voices are strings to a schema, so that many a request is refused."""
    mode = schemathesis.GenerationMode[mode]

    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(max_examples=8, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    def run(case):
        case.call_and_validate(excluded_checks=[checks.positive_data_acceptance])

    run()
