"""A small Hugging Face Hub on the loopback interface: the routes that the real client uses to read and to publish.

Everything lies in memory. Routes can be told to fail as the real Hub, or the way to it, does.
"""

import base64
import hashlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

LARGE = (".safetensors", ".jpg", ".webp")  # kept apart, behind a redirect, named by their SHA-256
LOOPBACK, CDN = "127.0.0.1", "localhost"  # large files lie on another host, as on the real Hub


@dataclass
class Repo:
    """One repository: its commits, the newest last, and what its branches stand for."""

    commits: list[tuple[str, dict[str, bytes]]] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    created: dict[str, object] = field(default_factory=dict)  # as the client asked for it

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        """The name of a new commit with these files and no others."""
        sha = hashlib.sha1(repr((len(self.commits), sorted(files))).encode()).hexdigest()
        self.commits.append((sha, dict(files)))
        self.branches[branch] = sha
        return sha

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        sha = self.branches.get(revision, revision)
        return next((commit for commit in self.commits if commit[0] == sha), None)


@dataclass
class Fault:
    """How a route fails. Of the requests to it ``times`` fail, the later ones do not."""

    status: int = 0
    code: str = ""  # of the header X-Error-Code
    hang: bool = False
    reset: bool = False  # the connection, instead of an answer
    cut: int = 0  # bytes that are sent of the content before the connection breaks
    times: int = 1_000_000


class Hub:
    """The server's state, as tests see it."""

    def __init__(self, url: str):
        self.url = url
        self.repos: dict[str, Repo] = {}  # "models/owner/name", "datasets/owner/name" and "spaces/owner/name"
        self.large: dict[str, bytes] = {}  # by SHA-256
        self.faults: dict[str, Fault] = {}  # by route: info, resolve, content, create, commit, lfs, paths, squash
        self.requests: list[tuple[str, str, dict[str, str]]] = []  # method, path, headers

    def add(self, name: str, files: dict[str, bytes], kind: str = "models") -> str:
        return self.repos.setdefault(f"{kind}/{name}", Repo()).commit(files)

    def files(self, name: str, kind: str = "models", branch: str = "main") -> dict[str, bytes]:
        return self.repos[f"{kind}/{name}"].at(branch)[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self._route()

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *args: object) -> None:
        pass

    def _route(self) -> None:
        self.hub.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        for route, pattern in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if match:
                if not self._fails(route):
                    getattr(self, f"_{route}")(**match.groupdict())
                return
        self._answer(404, {})

    def _fails(self, route: str) -> bool:
        fault = self.hub.faults.get(route)
        if not fault or fault.cut or fault.times <= 0:
            return False
        fault.times -= 1
        if fault.hang:
            time.sleep(30)
            self.close_connection = True
            return True
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST, not FIN
            self.connection.close()
            self.close_connection = True
            return True
        self._answer(fault.status, {"error": "refused"}, **({"X-Error-Code": fault.code} if fault.code else {}))
        return True

    def _answer(self, status: int, content: bytes | dict | list, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _found(self, kind: str, name: str, revision: str | None) -> tuple[str, dict[str, bytes]] | None:
        repo = self.hub.repos.get(f"{kind}/{name}")
        if not repo:
            self._answer(401, {"error": "not found"}, **{"X-Error-Code": "RepoNotFound"})
            return None
        commit = repo.at(revision or "main")
        if not commit:
            self._answer(404, {"error": "no revision"}, **{"X-Error-Code": "RevisionNotFound"})
        return commit

    # Reading.

    def _info(self, kind: str, name: str, revision: str | None) -> None:
        if commit := self._found(kind, name, revision):
            sha, files = commit
            siblings = [{"rfilename": path, "size": len(data)} for path, data in files.items()]
            self._answer(200, {"id": name, "sha": sha, "siblings": siblings, "private": False, "tags": []})

    def _tree(self, kind: str, name: str, revision: str) -> None:
        if commit := self._found(kind, name, revision):
            self._answer(200, [_entry(path, data) for path, data in commit[1].items()])

    def _paths(self, kind: str, name: str, revision: str) -> None:
        if commit := self._found(kind, name, revision):
            asked = parse_qs(self.body.decode())["paths"]
            self._answer(200, [_entry(path, data) for path, data in commit[1].items() if path in asked])

    def _resolve(self, name: str, revision: str, path: str, kind: str | None) -> None:
        commit = self._found(kind or "models", name, revision)
        if not commit:
            return
        sha, files = commit
        if path not in files:
            self._answer(404, {}, **{"X-Error-Code": "EntryNotFound", "X-Repo-Commit": sha})
        elif path.endswith(LARGE):
            data = files[path]
            digest = hashlib.sha256(data).hexdigest()
            self.hub.large[digest] = data
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data)), "X-Repo-Commit": sha}
            self._answer(302, b"", Location=f"{self.hub.url.replace(LOOPBACK, CDN)}/cdn/{digest}", **linked)
        else:
            self._send(files[path], **{"ETag": f'"{_git(files[path])}"', "X-Repo-Commit": sha})

    def _content(self, digest: str) -> None:
        self._send(self.hub.large[digest], ETag=f'"{digest}"')

    def _send(self, data: bytes, **headers: str) -> None:
        """A file, or the part of it that is asked for; cut off where a fault says so."""
        start = int(re.sub(r"\D", "", self.headers.get("Range", "0").partition("-")[0]) or 0)
        part = data[start:]
        fault = self.hub.faults.get("content")
        if not fault or not fault.cut or fault.times <= 0 or self.command == "HEAD" or not self.path.startswith("/cdn"):
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self._answer(206 if start else 200, part, **headers)
            return
        fault.times -= 1
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: fault.cut])
        self.close_connection = True

    # Publishing.

    def _create(self) -> None:
        asked = json.loads(self.body)
        kind = f"{asked.get('type', 'model')}s"
        name = f"{asked['organization']}/{asked['name']}"
        address = {"url": f"{self.hub.url}/{'' if kind == 'models' else f'{kind}/'}{name}"}
        if f"{kind}/{name}" in self.hub.repos:
            self._answer(409, address | {"error": "exists"})
            return
        self.hub.repos[f"{kind}/{name}"] = Repo(created=asked)
        self.hub.repos[f"{kind}/{name}"].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self._answer(200, address)

    def _branch(self, kind: str, name: str, branch: str) -> None:
        repo = self.hub.repos[f"{kind}/{name}"]
        repo.branches[branch] = repo.branches["main"]
        self._answer(200, {})

    def _squash(self, kind: str, name: str, branch: str) -> None:
        repo = self.hub.repos[f"{kind}/{name}"]
        repo.commits = [repo.at(branch)]
        self._answer(200, {})

    def _preupload(self, **_: str) -> None:
        files = json.loads(self.body)["files"]
        modes = [
            {
                "path": f["path"],
                "uploadMode": "lfs" if f["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
            }
            for f in files
        ]
        self._answer(200, {"files": modes})

    def _lfs(self, **_: str) -> None:
        objects = json.loads(self.body)["objects"]
        for entry in objects:
            if entry["oid"] not in self.hub.large:
                entry["actions"] = {"upload": {"href": f"{self.hub.url}/upload/{entry['oid']}"}}
        self._answer(200, {"transfer": "basic", "objects": objects})

    def _upload(self, digest: str) -> None:
        if hashlib.sha256(self.body).hexdigest() != digest:
            self._answer(400, {"error": "digest"})
            return
        self.hub.large[digest] = self.body
        self._answer(200, {})

    def _yaml(self) -> None:
        self._answer(200, {"errors": [], "warnings": []})

    def _commit(self, kind: str, name: str, revision: str) -> None:
        repo = self.hub.repos[f"{kind}/{name}"]
        files = dict(repo.at(revision)[1])
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        sha = repo.commit(files, revision)
        self._answer(200, {"commitUrl": f"{self.hub.url}/{name}/commit/{sha}", "commitOid": sha})


_REPO = r"/api/(?P<kind>models|datasets|spaces)/(?P<name>[\w.-]+/[\w.-]+)"
ROUTES = {
    "create": r"/api/repos/create",
    "yaml": r"/api/validate-yaml",
    "tree": _REPO + r"/tree/(?P<revision>.+)",
    "preupload": _REPO + r"/preupload/.+",
    "commit": _REPO + r"/commit/(?P<revision>.+)",
    "branch": _REPO + r"/branch/(?P<branch>.+)",
    "paths": _REPO + r"/paths-info/(?P<revision>.+)",
    "squash": _REPO + r"/super-squash/(?P<branch>.+)",
    "info": _REPO + r"(/revision/(?P<revision>.+))?",
    "lfs": r"/(?P<name>.+)\.git/info/lfs/objects/batch",
    "resolve": r"/((?P<kind>datasets|spaces)/)?(?P<name>[\w.-]+/[\w.-]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
    "content": r"/cdn/(?P<digest>\w+)",
    "upload": r"/upload/(?P<digest>\w+)",
}


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A Hub on a free port; it is stopped at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.daemon_threads = True
    hub = Hub(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass.hub = hub
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()  # s, that stopping may take
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _entry(path: str, data: bytes) -> dict[str, object]:
    """What the Hub tells of a file."""
    return {"type": "file", "path": path, "size": len(data), "oid": _git(data)}


def _git(data: bytes) -> str:
    """The name of a blob in git."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Files by name, slashes in it included."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
