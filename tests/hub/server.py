"""A Hugging Face Hub on the loopback, in memory."""

from __future__ import annotations

import hashlib
import re
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import accounts, download, lfs, listing, refs, storage, upload, xet
from .access import User
from .faults import Fault, Faults
from .patterns import is_large
from .repository import Commit, Repository, pointer
from .wire import Answer, Refused, Request, as_json

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_TABLES = (
    accounts.ROUTES,
    listing.ROUTES,
    refs.ROUTES,
    upload.ROUTES,
    download.ROUTES,
    lfs.ROUTES,
    storage.ROUTES,
    xet.ROUTES,
    xet.CAS,
)
# Asked for by clients that do well without.
_OPTIONAL = re.compile(
    r"/api/(agent-harnesses|telemetry/.*)|/v1/telemetry"
    r"|/cas/(v1/chunks/.*|v1/xorb-grants/.*|v2/.*)"
)
_EPOCH = 1_767_225_600  # 2026-01-01


@dataclass(frozen=True)
class Call:
    """A request that came, and the status of its answer."""

    method: str
    path: str
    headers: Message
    status: int


class Hub:
    """The server, what it holds, and what a test may do to it. Use as a context manager.

    Attributes:
        endpoint: for ``HfApi(endpoint=...)``.
        storage_origin: where large files lie.
        tokens: by user. ``alice`` and ``bob`` may write, ``reader`` only read; ``lab`` is an
            organisation of alice's.
        requests: all that were answered, in that order, storage included; the path has its query.
        failures: tracebacks of the server's own errors, and requests that it does not know.
        storage: large files by sha256; change the bytes to make the storage lie.
        page_size: rows in one page of a list.
        part_size: files above it arrive in parts; None: all in one.
    """

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hub = self
        port = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self.storage_origin = f"http://localhost:{port}"
        self.users: dict[str, User] = {}
        self.tokens: dict[str, str] = {}
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.moved: dict[tuple[str, str], str] = {}
        self.storage: dict[str, bytes] = {}
        self.parts: dict[tuple[str, int], tuple[str, bytes]] = {}
        self.cas = xet.Cas()
        self.requests: list[Call] = []
        self.failures: list[str] = []
        self.page_size = 1_000
        self.part_size: int | None = None
        self._faults = Faults()
        self._seconds = count(_EPOCH)
        self._lock = threading.RLock()
        self.add_user("alice", orgs=("lab",))
        self.add_user("bob")
        self.add_user("reader", role="read")

    def __enter__(self) -> Hub:
        # A short poll: shutting down waits for one.
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_user(self, name: str, role: str = "write", orgs: tuple[str, ...] = ()) -> str:
        """A user, or another token of theirs (``hub.tokens[name]`` is the first); the token."""
        token = f"hf_{name}_{role}"
        self.users[token] = User(name, role, orgs)
        self.tokens.setdefault(name, token)
        return token

    def api(self, user: str = "alice") -> HfApi:
        """An ``HfApi`` of a user; of nobody with ""."""
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint, token=self.tokens[user] if user else False)

    def inject(
        self,
        method: str,
        pattern: str,
        status: int = 0,
        *,
        cut: int | None = None,
        times: int | None = 1,
        message: str = "injected",
        headers: Mapping[str, str] | None = None,
        do: Callable[[], object] | None = None,
        drip: float = 0.0,
    ) -> None:
        """Something happens to the next requests that match.

        Args:
            method: "" for all.
            pattern: a regular expression, searched in the path with its query.
            status: what is answered; 0 lets the real answer come, to cut it.
            cut: after how many bytes of the body the connection breaks; with 0 all is done, and
                the client does not hear of it.
            times: how many requests; None: all.
            do: called before the answer is made, such as a commit of somebody else.
            drip: how many seconds pass after each byte of the body.
        """
        how = (status, cut, times, message, headers or {}, do, drip)
        self._faults.add(Fault(method, re.compile(pattern), *how))

    def calls(self, method: str = "", pattern: str = "") -> list[Call]:
        """The requests that came so far and match."""
        return [
            call
            for call in list(self.requests)
            if method in ("", call.method) and re.search(pattern, call.path)
        ]

    def repository(self, repo_id: str, repo_type: str = "model") -> Repository:
        return self.repositories[repo_type, repo_id]

    def files(
        self, repo_id: str, revision: str = "main", repo_type: str = "model"
    ) -> dict[str, bytes]:
        """What a repository holds."""
        repository = self.repository(repo_id, repo_type)
        return {
            path: self.storage[file.sha256] if file.sha256 else repository.objects.get(file.oid)
            for path, file in repository.files(repository.at(revision)).items()
        }

    def put(
        self,
        repo_id: str,
        files: Mapping[str, bytes | None],
        *,
        revision: str = "main",
        repo_type: str = "model",
        author: str = "",
        message: str = "put",
    ) -> Commit:
        """A commit past all checks; None removes a file. The repository is made if need be."""
        with self._lock:
            author = author or repo_id.partition("/")[0]
            if (repo_type, repo_id) not in self.repositories:
                self.keep(Repository(repo_type, repo_id), author)
            repository = self.repository(repo_id, repo_type)
            attributes = repository.text(repository.at(revision), ".gitattributes")
            changes = dict(files)
            for path, data in files.items():
                if data is not None and is_large(path, attributes):
                    oid = hashlib.sha256(data).hexdigest()
                    self.storage[oid] = data
                    changes[path] = pointer(oid, len(data))
            ref = repository.ref(revision)
            return repository.commit(ref, changes, author, self.now(), message)

    def grant(self, repo_id: str, user: str, repo_type: str = "model") -> None:
        """Lets a user through the gate."""
        self.repository(repo_id, repo_type).granted.add(user)

    def environment(self, home: Path, **variables: str) -> dict[str, str]:
        """Variables for a process whose client shall talk to this server.

        Args:
            home: its ``HF_HOME``; a fresh one for every server.
        """
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **variables,
        }

    # The rest is for the files beside this one.

    def now(self) -> int:
        """A clock that ticks once a look: the same run, the same ids."""
        return next(self._seconds)

    def keep(self, repository: Repository, author: str) -> None:
        """A new repository with its first commit."""
        repository.created = self.now()
        repository.begin(author)
        self.repositories[repository.kind, repository.id] = repository
        self.moved.pop((repository.kind, repository.id), None)

    def large(self, sha256: str) -> bytes | None:
        """A large file's content, however it came."""
        if sha256 not in self.storage and sha256 in self.cas.files:
            self.storage[sha256] = xet.rebuilt(self, sha256)
        return self.storage.get(sha256)

    def signed(self, path: str) -> str:
        """A storage URL that works without a token."""
        signature = hashlib.sha256(f"{self.endpoint} {path}".encode()).hexdigest()[:16]
        return f"{self.storage_origin}{path}?sig={signature}"

    def answer(self, request: Request) -> tuple[Answer, Fault | None]:
        """The answer, and what happens to it."""
        fault = self._faults.take(request)
        try:
            if fault and fault.do:
                fault.do()
            answer = fault.answer() if fault and fault.status else self._routed(request)
        except Refused as refused:
            answer = refused.answer
        except Exception:
            # 501 is never retried, so the test that caused it ends at once.
            self.failures.append(f"{request.method} {request.target}\n{traceback.format_exc()}")
            answer = as_json({"error": "the test server failed"}, 501)
        self.requests.append(Call(request.method, request.target, request.headers, answer.status))
        return answer, fault

    def _routed(self, request: Request) -> Answer:
        for table in _TABLES:
            for function, parts in table.matching(request):
                request.parts = parts
                with self._lock if table.alone else nullcontext():
                    if "id" in parts and request.repository in self.moved:
                        return self._redirected(request)
                    return function(self, request)
        if _OPTIONAL.fullmatch(request.path):
            raise Refused(404, "not on this server")
        self.failures.append(f"{request.method} {request.target}: nothing answers it")
        return as_json({"error": "the test server does not know this"}, 501)

    def _redirected(self, request: Request) -> Answer:
        old = request.parts["id"]
        target = request.target.replace(old, self.moved[request.repository], 1)
        # Relative, as the Hub has it: 1.12 follows no other from a HEAD.
        return Answer(b"", 307, {"Location": target})


class _Server(ThreadingHTTPServer):
    """One thread a connection; closing breaks those that clients keep alive."""

    daemon_threads = True
    request_queue_size = 64
    hub: Hub

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was quicker

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is none of the server's failures.
        if not isinstance(sys.exception(), ConnectionError):
            self.hub.failures.append(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    """Bytes to requests, answers to bytes."""

    protocol_version = "HTTP/1.1"
    # Without it, the body waits 40 ms for the client to acknowledge the headers.
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        try:
            request = Request(self.command, self.path, self.headers, self._body())
            answer, fault = self.server.hub.answer(request)
            cut = fault.cut if fault else None
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD" and fault and fault.drip:
                for byte in answer.body[:cut]:
                    self.wfile.write(bytes([byte]))
                    time.sleep(fault.drip)
            elif self.command != "HEAD":
                self.wfile.write(answer.body[:cut])
            if cut is not None:
                self.close_connection = True
        except ConnectionError:
            self.close_connection = True  # the client went away

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: tests read :attr:`Hub.requests`."""
