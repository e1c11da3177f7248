"""Who is let in, and which answers others get."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from .server import Hub

Act = Callable[[HfApi], object]

READ: dict[str, Act] = {
    "info": lambda api: api.model_info("alice/m"),
    "file": lambda api: api.hf_hub_download("alice/m", "a.txt"),
    "large file": lambda api: api.hf_hub_download("alice/m", "b.bin"),
    "snapshot": lambda api: api.snapshot_download("alice/m"),
    "tree": lambda api: list(api.list_repo_tree("alice/m")),
    "refs": lambda api: api.list_repo_refs("alice/m"),
}
OUTLINE = {"info", "tree", "refs"}
WRITE: dict[str, Act] = {
    "upload": lambda api: api.upload_file(
        repo_id="alice/m", path_in_repo="c.txt", path_or_fileobj=b"c"
    ),
    "tag": lambda api: api.create_tag("alice/m", tag="v1"),
    "branch": lambda api: api.create_branch("alice/m", branch="dev"),
    "settings": lambda api: api.update_repo_settings("alice/m", gated="auto"),
    "delete": lambda api: api.delete_repo("alice/m"),
    "create": lambda api: api.create_repo("alice/n"),
}


@pytest.fixture(autouse=True)
def _repository(hub: Hub) -> None:
    hub.put("alice/m", {"a.txt": b"a", "b.bin": b"b"})


def read(act: str, api: HfApi) -> None:
    """Reads with an empty cache, so that the server is asked."""
    shutil.rmtree(constants.HF_HUB_CACHE, ignore_errors=True)
    READ[act](api)


def status(act: Act, api: HfApi) -> int:
    with pytest.raises(HfHubHTTPError) as caught:
        act(api)
    return caught.value.response.status_code


def test_whoami(hub: Hub) -> None:
    said = hub.api().whoami()
    assert (said["name"], [org["name"] for org in said["orgs"]]) == ("alice", ["lab"])
    assert hub.api("reader").whoami()["auth"]["accessToken"]["role"] == "read"
    assert status(lambda api: api.whoami(), HfApi(hub.endpoint, token="hf_wrong")) == 401


@pytest.mark.parametrize("act", READ | WRITE)
def test_an_unknown_token(hub: Hub, act: str) -> None:
    assert status((READ | WRITE)[act], HfApi(hub.endpoint, token="hf_wrong")) == 401


@pytest.mark.parametrize("act", WRITE)
def test_writing(hub: Hub, act: str) -> None:
    alice_reads = HfApi(hub.endpoint, token=hub.add_user("alice", role="read"))
    assert status(WRITE[act], hub.api("")) == 401
    for api in (hub.api("bob"), hub.api("reader"), alice_reads):
        assert status(WRITE[act], api) == 403
    WRITE[act](hub.api())


@pytest.mark.parametrize("act", READ)
def test_a_private_repository(hub: Hub, act: str) -> None:
    hub.api().update_repo_settings("alice/m", private=True)
    for user in ("bob", ""):
        with pytest.raises(RepositoryNotFoundError):
            read(act, hub.api(user))
    read(act, hub.api())


@pytest.mark.parametrize("user", ["alice", ""])
@pytest.mark.parametrize("act", READ)
def test_a_missing_repository(hub: Hub, act: str, user: str) -> None:
    del hub.repositories["model", "alice/m"]
    with pytest.raises(RepositoryNotFoundError):
        read(act, hub.api(user))


@pytest.mark.parametrize("act", READ)
def test_a_gated_repository(hub: Hub, act: str) -> None:
    hub.api().update_repo_settings("alice/m", gated="manual")
    assert hub.api("").model_info("alice/m").gated == "manual"
    for user in ("bob", ""):
        if act in OUTLINE:
            read(act, hub.api(user))
        else:
            with pytest.raises(GatedRepoError):
                read(act, hub.api(user))
    read(act, hub.api())
    hub.grant("alice/m", "bob")
    read(act, hub.api("bob"))


def test_auth_check(hub: Hub) -> None:
    hub.api("").auth_check("alice/m")
    hub.repository("alice/m").gated = "auto"
    hub.api().auth_check("alice/m")
    for user in ("bob", ""):
        with pytest.raises(GatedRepoError):
            hub.api(user).auth_check("alice/m")
        with pytest.raises(RepositoryNotFoundError):
            hub.api(user).auth_check("alice/nowhere")


def test_the_reason_is_told(hub: Hub) -> None:
    with pytest.raises(HfHubHTTPError, match="needs the role write"):
        hub.api("reader").create_repo("m")
    with pytest.raises(HfHubHTTPError, match="no right to write to the namespace alice"):
        WRITE["upload"](hub.api("bob"))
