"""A hub on this machine: as much of Hugging Face's protocol as its client needs for models.

Repositories lie in memory as commits of files. Weights go the way of large files (git LFS), the
rest is part of a commit; revisions are commits and the branch ``main``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse


@dataclass
class Repository:
    """Commits by their hash, the newest last; ``private`` ones need the token."""

    private: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """(commit, files) of a branch or a commit."""
        if revision == "main" and self.commits:
            revision = list(self.commits)[-1]
        return (revision, self.commits[revision]) if revision in self.commits else None

    def commit(self, files: dict[str, bytes]) -> str:
        """The hash of a new commit of all ``files``."""
        text = f"{len(self.commits)} {sorted(files)}".encode()
        name = hashlib.sha1(text + b"".join(files.values())).hexdigest()
        self.commits[name] = dict(files)
        return name


class Hub(ThreadingHTTPServer):
    """Listening on a free port of this machine; ``requests`` are those that came."""

    token = "hf_secret"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.spoilt: set[str] = set()  # names of files that arrive damaged
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """http://HOST:PORT."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlparse(self.path).path)
        self.server.requests.append(f"{self.command} {path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        for method, pattern, work in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and self.command in method.split("|"):
                work(self, body, **found.groupdict())
                return
        self.send(404, {"error": f"no such route: {self.command} {path}"})

    def send(self, status: int, content: Any = None, headers: dict[str, str] | None = None) -> None:
        """JSON, or bytes as they are."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        for key, value in {
            "Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})
        }.items():  # fmt: skip
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def repository(self, name: str) -> Repository | None:
        """The repository, where the caller may see it; else the refusal is sent."""
        found = self.server.repositories.get(name)
        allowed = self.headers.get("Authorization") == f"Bearer {self.server.token}"
        if found is None or (found.private and not allowed):
            self.send(
                401 if not allowed else 404, {"error": "Repository not found"},
                {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"},
            )  # fmt: skip
            return None
        return found

    def version(self, name: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """(commit, files); else the refusal is sent."""
        repository = self.repository(name)
        if repository is None:
            return None
        found = repository.at(revision)
        if found is None:
            self.send(
                404, {"error": "Revision not found"},
                {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "Revision not found"},
            )  # fmt: skip
        return found

    def info(self, body: bytes, name: str, revision: str | None = None) -> None:
        """Facts of a repository."""
        found = self.version(name, revision or "main")
        if found is not None:
            commit, files = found
            siblings = [{"rfilename": path, **_facts(path, data)} for path, data in files.items()]
            self.send(200, {"id": name, "modelId": name, "sha": commit, "siblings": siblings})

    def tree(self, body: bytes, name: str, revision: str) -> None:
        """Files of a revision."""
        found = self.version(name, revision)
        if found is not None:
            rows = []
            for path, data in found[1].items():
                facts = _facts(path, data)
                lfs = facts.get("lfs")
                more = {"lfs": {"oid": lfs["sha256"], **lfs}} if lfs else {}
                rows.append(
                    {"type": "file", "path": path, "oid": facts["blobId"], "size": len(data)} | more
                )
            self.send(200, rows)

    def resolve(self, body: bytes, name: str, revision: str, path: str) -> None:
        """A file."""
        found = self.version(name, revision)
        if found is None:
            return
        commit, files = found
        if path not in files:
            self.send(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"})
            return
        data, facts = files[path], _facts(path, files[path])
        etag = facts["lfs"]["sha256"] if "lfs" in facts else facts["blobId"]
        if path in self.server.spoilt:
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.send(200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})

    def create(self, body: bytes) -> None:
        """A new repository."""
        told = json.loads(body)
        name = f"{told.get('organization') or 'me'}/{told['name']}"
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.send(401, {"error": "log in"})
            return
        self.server.repositories.setdefault(name, Repository(bool(told.get("private"))))
        self.send(200, {"url": f"{self.server.address}/{name}", "name": name})

    def validate(self, body: bytes) -> None:
        """The head of a card."""
        self.send(200, {"errors": [], "warnings": []})

    def preupload(self, body: bytes, name: str, revision: str) -> None:
        """Which files are large."""
        rows = [
            {
                "path": one["path"],
                "uploadMode": "lfs" if _is_large(one["path"]) else "regular",
                "shouldIgnore": False,
            }
            for one in json.loads(body)["files"]
        ]
        self.send(200, {"files": rows})

    def batch(self, body: bytes, name: str) -> None:
        """Where large files go."""
        rows = []
        for one in json.loads(body)["objects"]:
            row = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.server.large:
                href = f"{self.server.address}/upload/{one['oid']}"
                row["actions"] = {"upload": {"href": href, "header": {}}}
            rows.append(row)
        self.send(200, {"transfer": "basic", "objects": rows})

    def upload(self, body: bytes, oid: str) -> None:
        """A large file."""
        self.server.large[oid] = body
        self.send(200, {})

    def commit(self, body: bytes, name: str, revision: str) -> None:
        """A new commit."""
        repository = self.repository(name)
        if repository is None:
            return
        last = repository.at("main")
        files = dict(last[1]) if last else {}
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
        oid = repository.commit(files)
        url = f"{self.server.address}/{name}/commit/{oid}"
        self.send(200, {"success": True, "commitOid": oid, "commitUrl": url})


def _is_large(path: str) -> bool:
    return path.endswith(".safetensors")


def _facts(path: str, data: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    facts: dict[str, Any] = {"size": len(data), "blobId": blob}
    if _is_large(path):
        digest = hashlib.sha256(data).hexdigest()
        facts["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
    return facts


_NAME, _REVISION = r"(?P<name>[^/]+/[^/]+)", r"(?P<revision>[^/]+)"
_ROUTES = [
    ("GET", rf"/api/models/{_NAME}", _Answers.info),
    ("GET", rf"/api/models/{_NAME}/revision/{_REVISION}", _Answers.info),
    ("GET", rf"/api/models/{_NAME}/tree/{_REVISION}", _Answers.tree),
    ("GET|HEAD", rf"/{_NAME}/resolve/{_REVISION}/(?P<path>.+)", _Answers.resolve),
    ("POST", r"/api/repos/create", _Answers.create),
    ("POST", r"/api/validate-yaml", _Answers.validate),
    ("POST", rf"/api/models/{_NAME}/preupload/{_REVISION}", _Answers.preupload),
    ("POST", rf"/{_NAME}\.git/info/lfs/objects/batch", _Answers.batch),
    ("PUT", r"/upload/(?P<oid>\w+)", _Answers.upload),
    ("POST", rf"/api/models/{_NAME}/commit/{_REVISION}", _Answers.commit),
]
