"""Xet: tokens for it, the storage of chunks that it speaks to, on another origin."""

from __future__ import annotations

import hashlib
import re
import struct
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from . import shards
from .access import contents, writable
from .ranges import ranged
from .storage import check_signature
from .wire import Answer, Refused, Request, Routes, as_json

if TYPE_CHECKING:
    from .server import Hub

ROUTES = Routes()
CAS = Routes(alone=False)
_LIFE = 3_600


class Cas:
    """What was uploaded through Xet.

    Attributes:
        xorbs: packed chunks by hash.
        terms: what a file consists of, by its Xet hash.
        files: Xet hashes by sha256.
    """

    def __init__(self) -> None:
        self.xorbs: dict[str, bytes] = {}
        self.terms: dict[str, tuple[shards.Term, ...]] = {}
        self.files: dict[str, str] = {}

    def add(self, shard: bytes) -> None:
        """Files of chunks that are here already."""
        try:
            described = list(shards.files(shard))
        except (ValueError, struct.error) as error:
            raise Refused(400, f"the shard cannot be read: {error}") from None
        for file in described:
            for term in file.terms:
                if term.xorb not in self.xorbs:
                    raise Refused(400, f"the xorb {term.xorb} has not been uploaded")
                if term.end >= len(shards.chunks(self.xorbs[term.xorb])):
                    raise Refused(400, f"the xorb {term.xorb} has no chunk {term.end}")
        for file in described:
            self.terms[file.hash] = file.terms
            if file.sha256:
                self.files[file.sha256] = file.hash


def rebuilt(hub: Hub, sha256: str) -> bytes:
    """A file out of its chunks, for those who do not speak Xet."""
    # Chunks are packed with LZ4, which the client's own library unpacks.
    from hf_xet import XetFileInfo, XetSession

    file = hub.cas.files[sha256]
    info = XetFileInfo(file, sum(term.size for term in hub.cas.terms[file]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with XetSession().new_file_download_group(
            endpoint=_url(hub),
            token=_token("read"),
            token_expiry_unix_secs=int(time.time()) + _LIFE,
        ) as group:
            group.start_download_file(info, str(path))
        data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused(400, f"the chunks of {file} are not those of {sha256}")
    return data


def _url(hub: Hub) -> str:
    return f"{hub.storage_origin}/cas"


def _token(right: str) -> str:
    return f"xet_{right}"


@ROUTES.add("GET", "{repo}/xet-read-token/{rev}")
def read_token(hub: Hub, request: Request) -> Answer:
    contents(hub, request).at(request.parts["rev"])
    return _told(hub, "read")


@ROUTES.add("GET", "{repo}/xet-write-token/{rev}")
def write_token(hub: Hub, request: Request) -> Answer:
    writable(hub, request)
    return _told(hub, "write")


def _told(hub: Hub, right: str) -> Answer:
    url, token, end = _url(hub), _token(right), int(time.time()) + _LIFE
    headers = {
        "X-Xet-Cas-Url": url,
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(end),
    }
    return as_json({"casUrl": url, "accessToken": token, "exp": end}, headers=headers)


def _check(request: Request, *rights: str) -> None:
    if request.headers.get("Authorization") not in [f"Bearer {_token(one)}" for one in rights]:
        raise Refused(401, "not a token of this storage")


@CAS.add("POST", "/cas/v1/xorbs/default/{hash}")
def put_xorb(hub: Hub, request: Request) -> Answer:
    _check(request, "write")
    name = request.parts["hash"]
    try:
        shards.chunks(request.body)
    except ValueError as error:
        raise Refused(400, str(error)) from None
    new = name not in hub.cas.xorbs
    hub.cas.xorbs[name] = request.body
    return as_json({"was_inserted": new})


@CAS.add("POST", "/cas/v1/shards")
def put_shard(hub: Hub, request: Request) -> Answer:
    _check(request, "write")
    hub.cas.add(request.body)
    return as_json({"result": 1})


@CAS.add("GET", "/cas/v1/reconstructions/{hash}")
def reconstruction(hub: Hub, request: Request) -> Answer:
    """Which chunks a file, or a range of it, consists of, and where they lie."""
    _check(request, "read", "write")
    terms = hub.cas.terms.get(request.parts["hash"])
    if terms is None:
        raise Refused(404, "no such file")
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", "bytes=0-"))
    if asked is None:
        raise Refused(400, "one range at a time")
    first, last = int(asked[1]), int(asked[2]) if asked[2] else None
    wanted: list[shards.Term] = []
    skip = at = 0
    for term in terms:
        if at + term.size > first and (last is None or at <= last):
            skip = skip if wanted else max(0, first - at)
            wanted.append(term)
        at += term.size
    if first >= at:
        raise Refused(416, f"the file has only {at} bytes")
    return as_json(
        {
            "offset_into_first_range": skip,
            "terms": [
                {
                    "hash": term.xorb,
                    "unpacked_length": term.size,
                    "range": {"start": term.start, "end": term.end},
                }
                for term in wanted
            ],
            "fetch_info": {xorb: _fetches(hub, xorb, wanted) for xorb in {t.xorb for t in wanted}},
        }
    )


def _fetches(hub: Hub, xorb: str, terms: list[shards.Term]) -> list[dict[str, Any]]:
    """The parts of a xorb that some terms need; none overlaps another, for hf_xet panics."""
    spans: list[list[int]] = []
    for start, end in sorted((term.start, term.end) for term in terms if term.xorb == xorb):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
        else:
            spans.append([start, end])
    offsets, url = shards.chunks(hub.cas.xorbs[xorb]), hub.signed(f"/xorbs/{xorb}")
    return [
        {
            "range": {"start": start, "end": end},
            "url": url,
            "url_range": {"start": offsets[start], "end": offsets[end] - 1},
        }
        for start, end in spans
    ]


@CAS.add("GET", "/xorbs/{hash}")
def get_xorb(hub: Hub, request: Request) -> Answer:
    check_signature(hub, request)
    return ranged(request, hub.cas.xorbs[request.parts["hash"]], {})
