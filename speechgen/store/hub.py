"""Model directories on a hub that speaks Hugging Face's protocol: ``hf:OWNER/NAME[@REVISION]``.

Three files are fetched and no others: configuration, weights, card. Each is compared with the
checksum that the hub states (sha256 of large files, git's sha1 of small ones), and then read by the
rules of :mod:`speechgen.store.directory`: nothing from a hub runs. What was fetched once is kept by
``huggingface_hub`` (``HF_HOME``) and needs no network when a commit is named as the revision.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, ModelError, check_packages
from speechgen.store.config import read_config
from speechgen.store.directory import CARD, WEIGHTS, load_model, within
from speechgen.store.verify import CONFIG

PREFIX = "hf:"
FILES = (CONFIG, WEIGHTS, CARD)
_REFERENCE = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MOST_BYTES = 4 << 30
_PIECE_BYTES = 1 << 20
_TRANSPORT_ERRORS = (
    ("httpx", "TransportError"),
    ("httpx2", "TransportError"),
    ("requests", "ConnectionError"),
    ("requests", "Timeout"),
)


@dataclass(frozen=True)
class HubReference:
    """A repository of models, and a branch, tag or commit of it; None is its main branch."""

    repository: str
    revision: str | None = None

    @classmethod
    def parse(cls, text: str | Path) -> HubReference:
        """Of ``hf:OWNER/NAME`` or ``hf:OWNER/NAME@REVISION``; ConfigError for anything else."""
        found = _REFERENCE.fullmatch(str(text))
        if found is None or ".." in str(text):
            raise ConfigError(f"{text}: is no model on a hub; write hf:OWNER/NAME[@REVISION]")
        return cls(found[1], found[2])

    def __str__(self) -> str:
        return f"{PREFIX}{self.repository}" + (f"@{self.revision}" if self.revision else "")


def is_on_hub(reference: str | Path) -> bool:
    """Whether ``reference`` is one of a hub."""
    return str(reference).startswith(PREFIX)


def download(reference: str | Path, *, token: str | None = None) -> Path:
    """The model directory of ``hf:OWNER/NAME[@REVISION]``, fetched where it is not here already.

    Parameters
    ----------
    reference
        A branch or tag is looked up anew each time, if the network allows; a commit is not.
    token
        For private repositories; None for what ``HF_TOKEN`` or a login of ``hf`` says.

    Raises
    ------
    ConfigError
        The reference is malformed, or ``huggingface_hub`` is not installed.
    ModelError
        There is no such model, it is out of reach, or a file is not what the hub says it is.
    """
    wanted = HubReference.parse(reference)
    client = _client()
    with _in_words(client, wanted):
        here = _kept(client, wanted)
        if here is not None and wanted.revision and _COMMIT.fullmatch(wanted.revision):
            return _checked(here, wanted)
        try:
            api = client.HfApi(token=token)
            facts = api.model_info(wanted.repository, revision=wanted.revision, files_metadata=True)
        except _unreachable(client):
            if here is None:
                raise
            return _checked(here, wanted)
        stated = {one.rfilename: one for one in facts.siblings or []}
        _check_stated(stated, wanted)
        folder = Path(
            client.snapshot_download(
                wanted.repository, revision=wanted.revision, allow_patterns=list(FILES), token=token
            )
        )
        for name in FILES:
            if name in stated:
                _check_sum(folder / name, stated[name], wanted)
    return _checked(folder, wanted)


def push(
    directory: str | Path,
    reference: str,
    *,
    private: bool = False,
    message: str = "Upload model",
    token: str | None = None,
) -> str:
    """Upload a model directory; the repository is made where there is none.

    Parameters
    ----------
    directory
        A model directory, or the run folder that holds one. It is loaded first: nothing is
        uploaded that could not be read again.
    reference
        ``hf:OWNER/NAME``, with ``@BRANCH`` for another branch than the main one.
    private
        Whether a new repository is.
    message
        Of the commit.
    token
        As of :func:`download`; it must allow writing.

    Returns
    -------
    str
        ``hf:OWNER/NAME@COMMIT``, which is this version for ever.

    Raises
    ------
    ConfigError, ModelError
        As of :func:`download`; or the hub refuses.
    """
    wanted = HubReference.parse(reference)
    folder = within(Path(directory))
    load_model(folder)
    client = _client()
    with _in_words(client, wanted):
        api = client.HfApi(token=token)
        api.create_repo(wanted.repository, repo_type="model", private=private, exist_ok=True)
        done = api.upload_folder(
            repo_id=wanted.repository, folder_path=folder, revision=wanted.revision,
            allow_patterns=list(FILES), commit_message=message,
        )  # fmt: skip
    return f"{PREFIX}{wanted.repository}@{done.oid}"


def _client() -> Any:
    check_packages("hf", ["huggingface_hub"], "hub")
    import huggingface_hub
    import huggingface_hub.errors

    return huggingface_hub


def _unreachable(client: Any) -> tuple[type[BaseException], ...]:
    """Errors that mean no network, of whichever HTTP package this version of the client has."""
    found = [ConnectionError, TimeoutError, client.errors.OfflineModeIsEnabled]
    for package, name in _TRANSPORT_ERRORS:
        if package in sys.modules:
            found.append(getattr(sys.modules[package], name))
    return tuple(found)


@contextlib.contextmanager
def _in_words(client: Any, wanted: HubReference) -> Iterator[None]:
    """The client's errors as one line each."""
    errors = client.errors
    try:
        yield
    except errors.HFValidationError as error:
        raise ConfigError(f"{wanted}: no hub has such a name ({error})") from error
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{wanted}: asks for consent first; give it on its page, then log in with 'hf auth "
            "login' or set HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"{wanted}: there is no such model, or it is private; check the name, or set HF_TOKEN"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelError(
            f"{wanted}: has no revision {wanted.revision!r}; leave it out for the newest"
        ) from error
    except (errors.LocalEntryNotFoundError, *_unreachable(client)) as error:
        raise ModelError(
            f"{wanted}: the hub cannot be reached and the model is not here yet; fetch it once "
            "with a network"
        ) from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "?")
        raise ModelError(
            f"{wanted}: the hub refuses (status {status}); check token and rights"
        ) from error


def _kept(client: Any, wanted: HubReference) -> Path | None:
    """What was fetched before, or None."""
    try:
        found = client.snapshot_download(
            wanted.repository, revision=wanted.revision, allow_patterns=list(FILES),
            local_files_only=True,
        )  # fmt: skip
    except client.errors.LocalEntryNotFoundError:
        return None
    folder = Path(found)
    return folder if all((folder / name).is_file() for name in (CONFIG, WEIGHTS)) else None


def _check_stated(stated: dict[str, Any], wanted: HubReference) -> None:
    for name in (CONFIG, WEIGHTS):
        if name not in stated:
            raise ModelError(
                f"{wanted}: has no {name}; it is no model of speechgen's ({', '.join(FILES)})"
            )
    for name in FILES:
        size = (stated[name].size or 0) if name in stated else 0
        if size > _MOST_BYTES:
            raise ModelError(f"{wanted}: {name} has {size} bytes, more than {_MOST_BYTES}")


def _check_sum(path: Path, stated: Any, wanted: HubReference) -> None:
    if stated.lfs is not None:
        digest, said = hashlib.sha256(), stated.lfs.sha256
    else:
        head = b"blob %d\0" % path.stat().st_size
        digest, said = hashlib.sha1(head, usedforsecurity=False), stated.blob_id
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    found = digest.hexdigest()
    if said is not None and found != said:
        path.resolve().unlink(missing_ok=True)  # so that it is fetched anew next time
        raise ModelError(
            f"{wanted}: {path.name} is not what the hub says it is (checksum {found[:12]}, not "
            f"{said[:12]}); it was removed, fetch it again"
        )


def _checked(folder: Path, wanted: HubReference) -> Path:
    """``folder``, whose configuration can be read."""
    try:
        read_config(folder)
    except ModelError as error:
        reason = str(error).removeprefix(f"{folder}")
        raise ModelError(f"{wanted}: {reason.lstrip('/: ')}") from error
    return folder
