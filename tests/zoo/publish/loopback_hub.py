"""A Hub on the loopback interface: repositories with branches and commits, Git LFS in one or several parts, scripted faults.

The API as huggingface_hub's own client speaks it (hf_api.py, _commit_api.py, lfs.py): repos/create, model info, tree, preupload,
LFS batch, upload, verify, commit with parentCommit, resolve.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_loopback"
_LFS = (".tflite", ".onnx", ".bin", ".h5")


@dataclass
class Repository:
    """`commits` maps a commit to its files, `branches` a branch to its commit."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)

    def commit(self, branch: str, files: dict[str, bytes]) -> str:
        name = hashlib.sha1(f"{branch}{len(self.commits)}".encode()).hexdigest()
        self.commits[name] = files
        self.branches[branch] = name
        return name

    def files(self, revision: str = "main") -> dict[str, bytes]:
        return self.commits[self.branches.get(revision, revision)]


class Hub(ThreadingHTTPServer):
    """`part` cuts LFS uploads into parts of so many bytes; `cut_after` breaks the connection once so many LFS bytes have come in."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.repositories: dict[str, Repository] = {}
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.log: list[str] = []
        self.part = 0
        self.cut_after: int | None = None
        self.race: dict[str, bytes] | None = None
        self.lie: dict[str, bytes] = {}
        self.ignored: set[str] = set()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def sent(self, kind: str) -> list[str]:
        return [line for line in self.log if line.startswith(kind)]

    def handle_error(self, *args: object) -> None:
        """A client that went away in the middle is no news."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_GET(self) -> None:
        self.answer(b"")

    def do_HEAD(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_PUT(self) -> None:
        length, received = int(self.headers["Content-Length"]), b""
        while len(received) < length:
            limit = self.server.cut_after
            if limit is not None and limit <= len(received):
                self.close_connection = True
                self.connection.close()
                return
            step = min(length - len(received), 1 << 14, (limit or 1 << 14))
            received += self.rfile.read(step)
        if self.server.cut_after is not None:
            self.server.cut_after -= len(received)
        self.answer(received)

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def answer(self, body: bytes) -> None:
        path = urlsplit(self.path).path
        self.server.log.append(f"{self.command} {path}")
        for pattern, name in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                getattr(self, name)(body, *(unquote(one) for one in match.groups()))
                return
        self.say({"error": "nothing here"}, 404)

    def say(self, document: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def missing(self, code: str) -> None:
        self.say({"error": code}, 404, {"X-Error-Code": code, "X-Error-Message": code})

    def allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self.say({"error": "Invalid username or password."}, 401)
        return False

    def repository(self, name: str, revision: str) -> tuple[Repository, str] | None:
        found = self.server.repositories.get(name)
        if found is None:
            self.missing("RepoNotFound")
            return None
        commit = found.branches.get(revision, revision)
        if commit not in found.commits:
            self.missing("RevisionNotFound")
            return None
        return found, commit

    def create(self, body: bytes) -> None:
        if not self.allowed():
            return
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        there = name in self.server.repositories
        if not there:
            made = self.server.repositories[name] = Repository()
            made.commit("main", {".gitattributes": b"*.tflite filter=lfs\n"})
        self.say({"url": f"{self.server.endpoint}/{name}"}, 409 if there else 200)

    def branch(self, body: bytes, name: str, branch: str) -> None:
        found = self.server.repositories[name]
        found.branches.setdefault(branch, found.branches["main"])
        self.say({})

    def validate_yaml(self, body: bytes) -> None:
        self.say({"errors": [], "warnings": []})

    def info(self, body: bytes, name: str, revision: str) -> None:
        if (found := self.repository(name, revision)) is not None:
            self.say({"id": name, "sha": found[1], "siblings": [], "tags": [], "private": False})

    def tree(self, body: bytes, name: str, revision: str) -> None:
        if (found := self.repository(name, revision)) is None:
            return
        entries: list[dict[str, Any]] = []
        for path, content in found[0].files(found[1]).items():
            entry: dict[str, Any] = {"type": "file", "path": path, "size": len(content), "oid": _git(content)}
            if path.endswith(_LFS):
                entry["lfs"] = {"oid": _sha(content), "size": len(content), "pointerSize": 130}
            entries.append(entry)
        self.say(entries)

    def preupload(self, body: bytes, name: str, revision: str) -> None:
        if self.allowed() and self.repository(name, revision) is not None:
            files = [
                {
                    "path": one["path"],
                    "uploadMode": "lfs" if one["path"].endswith(_LFS) else "regular",
                    "shouldIgnore": one["path"] in self.server.ignored,
                }
                for one in json.loads(body)["files"]
            ]
            self.say({"files": files})

    def batch(self, body: bytes, name: str) -> None:
        if not self.allowed():
            return
        objects = []
        for one in json.loads(body)["objects"]:
            answer = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.server.objects:
                place = f"{self.server.endpoint}/lfs/{one['oid']}"
                header: dict[str, str] = {}
                if self.server.part:
                    count = -(-one["size"] // self.server.part)
                    header = {str(n + 1): f"{place}/{n + 1}" for n in range(count)}
                    header["chunk_size"] = str(self.server.part)
                answer["actions"] = {
                    "upload": {"href": f"{place}/complete" if header else place, "header": header},
                    "verify": {"href": f"{self.server.endpoint}/verify"},
                }
            objects.append(answer)
        self.say({"transfer": "multipart" if self.server.part else "basic", "objects": objects})

    def put(self, body: bytes, oid: str) -> None:
        self.keep(oid, body)

    def put_part(self, body: bytes, oid: str, number: str) -> None:
        self.server.parts.setdefault(oid, {})[int(number)] = body
        self.say({}, headers={"ETag": _sha(body)})

    def complete(self, body: bytes, oid: str) -> None:
        numbers = [one["partNumber"] for one in json.loads(body)["parts"]]
        self.keep(oid, b"".join(self.server.parts[oid][number] for number in numbers))

    def keep(self, oid: str, content: bytes) -> None:
        right = _sha(content) == oid
        if right:
            self.server.objects[oid] = content
        self.say({}, 200 if right else 400)

    def verify(self, body: bytes) -> None:
        self.say({}, 200 if json.loads(body)["oid"] in self.server.objects else 404)

    def commit(self, body: bytes, name: str, branch: str) -> None:
        if not self.allowed() or (found := self.repository(name, branch)) is None:
            return
        repository, head = found
        if self.server.race is not None:
            head = repository.commit(branch, {**repository.files(head), **self.server.race})
            self.server.race = None
        lines = [json.loads(line) for line in body.splitlines()]
        parent = lines[0]["value"].get("parentCommit")
        if parent is not None and parent != head:
            self.say({"error": "A commit has happened since. Please refresh and try again."}, 412)
            return
        files = dict(repository.files(head))
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.objects[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        made = repository.commit(branch, files)
        self.say(
            {"success": True, "commitOid": made, "commitUrl": f"{self.server.endpoint}/{name}/commit/{made}"}
        )

    def resolve(self, body: bytes, name: str, revision: str, path: str) -> None:
        if (found := self.repository(name, revision)) is None:
            return
        content = found[0].files(found[1]).get(path)
        if content is None:
            self.missing("EntryNotFound")
            return
        told = {"ETag": f'"{_sha(content)}"', "X-Repo-Commit": found[1], "Accept-Ranges": "bytes"}
        told["X-Linked-Size"] = str(len(content))
        content = self.server.lie.get(path, content)
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        if start:
            told["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.say(content[start:], 206 if start else 200, told)


_ROUTES = (
    (r"/api/repos/create", "create"),
    (r"/api/validate-yaml", "validate_yaml"),
    (r"/api/models/([^/]+/[^/]+)/branch/([^/]+)", "branch"),
    (r"/api/models/([^/]+/[^/]+)/revision/([^/]+)", "info"),
    (r"/api/models/([^/]+/[^/]+)/tree/([^/]+)", "tree"),
    (r"/api/models/([^/]+/[^/]+)/preupload/([^/]+)", "preupload"),
    (r"/api/models/([^/]+/[^/]+)/commit/([^/]+)", "commit"),
    (r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", "batch"),
    (r"/lfs/([0-9a-f]{64})/complete", "complete"),
    (r"/lfs/([0-9a-f]{64})/(\d+)", "put_part"),
    (r"/lfs/([0-9a-f]{64})", "put"),
    (r"/verify", "verify"),
    (r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", "resolve"),
)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def serving() -> Iterator[Hub]:
    """A running Hub."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
