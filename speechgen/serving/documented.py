"""What the OpenAPI text says of answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from speechgen.serving.encoding import MEDIA_TYPES


class ErrorDetail(BaseModel):
    """What is wrong: a line for people, words for programs, and where the log has it."""

    message: str
    type: str
    param: str | None
    code: str
    request_id: str


class ErrorBody(BaseModel):
    """Every answer that is no success."""

    error: ErrorDetail


_MEANINGS = {
    400: "A field is missing, unknown or out of range.",
    401: "The token is missing or wrong.",
    403: "The page or the host that asks may not.",
    404: "There is no such model.",
    405: "The method is another.",
    408: "The request took too long to come in.",
    413: "Too many bytes, or too long a recording.",
    422: "The recording or the text cannot be used.",
    429: "Too many requests at the same time; Retry-After says when to come again.",
    500: "A mistake of the server's.",
    503: "The server is about to stop.",
}
_ALWAYS = (400, 401, 403, 405, 500)


def answers(*more: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route: those that any may have, and ``more``."""
    return {
        status: {"model": ErrorBody, "description": _MEANINGS[status]}
        for status in sorted({*_ALWAYS, *more})
    }


def sound_answers(*more: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that gives sound."""
    content = {
        kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()
    }
    sound = {200: {"description": "A sound file.", "content": content}}
    return sound | answers(408, 413, 422, 429, 503, *more)
