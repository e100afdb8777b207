"""A loopback server that answers for repositories as the Hugging Face Hub does."""

import hashlib
import json
from typing import Any

from tests.registry.loopback import Loopback, Request, Route, sends

COMMIT = "c" * 40


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def repository(
    server: Loopback,
    name: str,
    files: dict[str, bytes],
    revision: str = "main",
    large: bool = True,
    **said: Any,
) -> None:
    """Serves a repository with these files: large ones are in LFS, with a sha256. `said` goes into the answer (cardData, pipeline_tag)."""
    siblings = []
    for path, content in files.items():
        entry: dict[str, Any] = {"rfilename": path, "size": len(content), "blobId": git_blob(content)}
        if large:
            entry["lfs"] = {"sha256": sha256(content), "size": len(content), "pointerSize": 130}
        siblings.append(entry)
        server.routes[f"/{name}/resolve/{COMMIT}/{path}"] = _file(content)
    info = {
        "id": name,
        "sha": COMMIT,
        "siblings": siblings,
        "private": False,
        "tags": [],
        "downloads": 0,
        "likes": 0,
        **said,
    }
    for place in (revision, COMMIT):
        server.routes[f"/api/models/{name}/revision/{place}"] = sends(
            json.dumps(info).encode(), {"Content-Type": "application/json"}
        )


def missing(server: Loopback, name: str, code: str, revision: str = "main") -> None:
    server.routes[f"/api/models/{name}/revision/{revision}"] = sends(b"", {"X-Error-Code": code}, 404)


def _file(content: bytes) -> Route:
    def route(request: Request) -> None:
        headers = {"ETag": f'"{sha256(content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        request.reply(200, content, headers)

    return route
