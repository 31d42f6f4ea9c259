"""What can be asked for, whether the server is well, and what it has done."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from speechgen import __version__
from speechgen.serving.catalogue import Entry
from speechgen.serving.documented import answers
from speechgen.serving.problems import Problem
from speechgen.serving.state import State


class Model(BaseModel):
    """A model, as OpenAI describes one, and its task: say, enhance or convert."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "speechgen"
    task: str


class Models(BaseModel):
    """All models."""

    object: str = "list"
    data: list[Model]


class Voice(BaseModel):
    """A voice, and its mean F0 in Hz where that is known."""

    id: str
    name: str
    f0_hz: float | None


class Voices(BaseModel):
    """All voices."""

    voices: list[Voice]


class Health(BaseModel):
    """Whether it takes requests (ok or stopping), its version, the models in memory."""

    status: str
    version: str
    models: list[str]


def router(state: State) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["about"])

    @routes.get("/v1/models", response_model=Models, responses=answers(), summary="The models.")
    async def models() -> Models:
        return Models(data=[_model(entry) for entry in state.catalogue.entries()])

    @routes.get(
        "/v1/models/{model}", response_model=Model, responses=answers(404), summary="One model."
    )
    async def model(model: str) -> Model:
        for entry in state.catalogue.entries():
            if entry.name == model:
                return _model(entry)
        raise Problem(404, f"model {model!r}: no such model", code="model_not_found", param="model")

    @routes.get(
        "/v1/audio/voices", response_model=Voices, responses=answers(503), summary="The voices."
    )
    async def voices() -> Voices:
        found = await state.files.run(state.catalogue.voices)
        return Voices(voices=[Voice(id=v.name, name=v.name, f0_hz=v.f0_hz) for v in found])

    @routes.head("/health", include_in_schema=False)
    @routes.get(
        "/health", response_model=Health, responses=answers(503), summary="Whether it is well."
    )
    async def health(response: Response) -> Health:
        response.status_code = 503 if state.stopping else 200
        status = "stopping" if state.stopping else "ok"
        return Health(status=status, version=__version__, models=state.catalogue.loaded())

    @routes.get(
        "/metrics", response_class=Response, summary="Counts and times, for Prometheus.",
        responses=answers() | {200: _text("In Prometheus' format.")},
    )  # fmt: skip
    async def metrics() -> Response:
        return Response(state.measures.text(), media_type="text/plain; version=0.0.4")

    return routes


def _model(entry: Entry) -> Model:
    return Model(id=entry.name, task=entry.task)


def _text(what: str) -> dict[str, Any]:
    return {"description": what, "content": {"text/plain": {"schema": {"type": "string"}}}}
