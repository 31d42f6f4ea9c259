"""All routes as one ASGI application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from speechgen import __version__
from speechgen.serving import about, live, recordings, speech
from speechgen.serving.catalogue import Catalogue
from speechgen.serving.gate import Gate, request_id
from speechgen.serving.problems import Problem, from_error, from_http, from_validation
from speechgen.serving.settings import Settings
from speechgen.serving.state import State


def make_state(settings: Settings) -> State:
    """What all requests share; the models are looked for, and not loaded.

    Raises
    ------
    SpeechgenError
        There is no such model or device.
    """
    return State(settings, Catalogue(settings.models, settings.device))


def make_application(state: State) -> ASGIApp:
    """The server's application; the threads end with it."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        state.close()

    app = FastAPI(
        title="speechgen", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        description="Text to speech, enhancement and voice conversion.",
    )  # fmt: skip
    for module in (speech, recordings, live, about):
        app.include_router(module.router(state))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _mistake)
    gate = Gate(app, state)
    if not state.settings.origins:
        return gate
    return CORSMiddleware(
        gate, allow_origins=state.settings.origins, allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"], expose_headers=["x-request-id"],
    )  # fmt: skip


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, OSError):  # while the body was read
        return _told(request, from_error(error.__cause__))
    return _told(request, from_http(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _told(request, from_validation(error.errors()))


async def _mistake(request: Request, error: Exception) -> Response:
    return _told(request, from_error(error))


def _told(request: Request, problem: Problem) -> Response:
    body: dict[str, Any] = problem.body(request_id(request.scope))
    headers = dict(problem.headers or {})
    return JSONResponse(body, problem.status_code, headers=headers)
