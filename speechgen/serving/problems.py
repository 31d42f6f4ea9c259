"""What is told to a client that cannot be served: OpenAI's shape of an error, one line, a status.

::

    {"error": {"message": ..., "type": ..., "param": ..., "code": ..., "request_id": ...}}
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException

from speechgen.errors import AudioError, ConfigError, DataError, ModelError, SpeechgenError
from speechgen.files import printable

_LONGEST_MESSAGE = 500
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Problem(HTTPException):
    """A request that is refused.

    Parameters
    ----------
    status
        Of HTTP.
    message
        One line that says what is wrong and how to mend it.
    code
        A word for programs, such as ``queue_full``.
    param
        The field that is wrong.
    retry_after
        Seconds after which it may go better.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        param: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        super().__init__(status, message, headers)
        self.code, self.param = code, param

    def body(self, request_id: str) -> dict[str, Any]:
        """For JSON."""
        message = printable(str(self.detail))[:_LONGEST_MESSAGE]
        kind = _TYPES.get(self.status_code)
        if kind is None:
            kind = "invalid_request_error" if self.status_code < 500 else "server_error"
        error = {"message": message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error | {"request_id": request_id}}


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def from_error(error: Exception, param: str | None = None) -> Problem:
    """What of ours went wrong, as a :class:`Problem`; the message of a bug is not told."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, AudioError):
        return Problem(422, str(error), code="unusable_audio", param=param or "file")
    if isinstance(error, DataError):
        return Problem(422, str(error), code="unusable_text", param=param or "input")
    if isinstance(error, ConfigError):
        return Problem(400, str(error), code="invalid_value", param=param)
    if isinstance(error, ModelError):
        return Problem(500, str(error), code="model_error", param=param)
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return Problem(
            503, "the server's disk is full; try again later", code="disk_full", retry_after=60
        )
    if isinstance(error, SpeechgenError):
        return Problem(500, str(error), code="error", param=param)
    return Problem(500, "the server made a mistake; its log has more", code="internal_error")


def from_http(error: HTTPException) -> Problem:
    """What the framework refuses: no such path, no such method, a body that is none."""
    if isinstance(error, Problem):
        return error
    codes = {404: "not_found", 405: "method_not_allowed", 400: "invalid_body"}
    problem = Problem(
        error.status_code, str(error.detail), code=codes.get(error.status_code, "error")
    )
    problem.headers = error.headers
    return problem


def from_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Fields that are missing, unknown or out of range; the first of them."""
    first = errors[0] if errors else {"loc": (), "msg": "the body cannot be read"}
    place = [str(part) for part in first["loc"] if part not in ("body", "query", "path")]
    param = printable(".".join(place))[:64] or None
    message = str(first["msg"])
    return Problem(
        400, f"{param}: {message}" if param else message, code="invalid_value", param=param
    )
