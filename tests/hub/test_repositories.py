"""Repositories: made, found, described, tagged, moved."""

from __future__ import annotations

import pytest
from huggingface_hub import HfFileSystem, ModelCard
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from .server import Hub

CARD = (
    b"---\ntags: [gan]\nlibrary_name: mylib\npipeline_tag: text-to-image\nlicense: mit\n---\n# M\n"
)


def test_made_once(hub: Hub) -> None:
    api = hub.api()
    url = api.create_repo("alice/m")
    assert (url.repo_id, str(url)) == ("alice/m", f"{hub.endpoint}/alice/m")
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_repo("alice/m")
    assert caught.value.response.status_code == 409
    assert api.create_repo("alice/m", exist_ok=True).repo_id == "alice/m"
    assert api.create_repo("own").repo_id == "alice/own"
    assert api.create_repo("lab/m", private=True).repo_id == "lab/m"
    assert api.repo_info("lab/m").private
    assert api.create_repo("alice/m", repo_type="dataset").repo_type == "dataset"
    assert set(hub.files("alice/m")) == {".gitattributes"}


def test_gone(hub: Hub) -> None:
    api = hub.api()
    api.create_repo("alice/m")
    api.delete_repo("alice/m")
    assert not api.repo_exists("alice/m")
    with pytest.raises(RepositoryNotFoundError):
        api.delete_repo("alice/m")
    api.delete_repo("alice/m", missing_ok=True)


def test_moved(hub: Hub) -> None:
    api = hub.api()
    hub.put("alice/old", {"a.txt": b"a", "b.bin": b"b"})
    hub.put("alice/there", {})
    api.move_repo("alice/old", "lab/new")
    assert api.model_info("alice/old").id == "lab/new"
    for name in ("a.txt", "b.bin"):
        with open(api.hf_hub_download("alice/old", name), "rb") as file:
            assert file.read() == name[:1].encode()
    with pytest.raises(HfHubHTTPError) as caught:
        api.move_repo("lab/new", "alice/there")
    assert caught.value.response.status_code == 409
    api.create_repo("alice/old")
    assert api.model_info("alice/old").id == "alice/old"


def test_described(hub: Hub) -> None:
    api = hub.api()
    before = hub.put("alice/m", {"README.md": CARD, "a.bin": b"\0" * 5, "b.txt": b"b"}).oid
    hub.put("alice/m", {"b.txt": None})
    info = api.model_info("alice/m", files_metadata=True)
    assert info.sha == hub.repository("alice/m").at("main").oid
    assert info.tags == ["gan", "mylib", "text-to-image", "license:mit"]
    assert (info.pipeline_tag, info.library_name) == ("text-to-image", "mylib")
    assert info.card_data["license"] == "mit"
    assert (info.author, info.private, info.gated) == ("alice", False, False)
    files = {file.rfilename: file for file in info.siblings}
    assert set(files) == {".gitattributes", "README.md", "a.bin"}
    assert (files["a.bin"].size, files["a.bin"].lfs.size) == (5, 5)
    assert files["README.md"].lfs is None
    older = api.model_info("alice/m", revision=before)
    assert "b.txt" in {file.rfilename for file in older.siblings}
    few = api.model_info("alice/m", expand=["sha", "gated"])
    assert (few.sha, few.siblings, few.card_data) == (info.sha, None, None)
    assert ModelCard.load("alice/m").data.tags == ["gan"]


def test_found(hub: Hub) -> None:
    hub.put("alice/one", {"README.md": CARD})
    hub.put("alice/two", {"README.md": b"---\ntags: [gan, other]\n---\n"})
    hub.put("bob/one", {"README.md": CARD})
    hub.put("alice/one", {}, repo_type="dataset")
    hub.put("bob/secret", {"README.md": CARD})
    hub.repository("bob/secret").private = True
    api = hub.api()

    def ids(user: str = "alice", **query: object) -> list[str]:
        return [info.id for info in hub.api(user).list_models(**query)]

    assert ids() == ["bob/one", "alice/two", "alice/one"]
    assert ids("bob") == ["bob/secret", "bob/one", "alice/two", "alice/one"]
    assert ids(author="alice") == ["alice/two", "alice/one"]
    assert ids(search="ONE") == ["bob/one", "alice/one"]
    assert ids(filter=["gan", "other"]) == ["alice/two"]
    assert ids(filter="gan", author="bob") == ["bob/one"]
    assert ids(pipeline_tag="text-to-image") == ["bob/one", "alice/one"]
    assert ids(limit=1) == ["bob/one"]
    hub.put("alice/one", {"b": b""})
    assert ids(sort="last_modified") == ["alice/one", "bob/one", "alice/two"]
    assert [info.id for info in api.list_datasets()] == ["alice/one"]
    before = len(hub.requests)
    hub.page_size = 2
    assert ids() == ["bob/one", "alice/two", "alice/one"]
    assert len(hub.requests) - before == 2
    (plain,) = api.list_models(author="bob")
    assert (plain.siblings, plain.card_data) == (None, None)
    (full,) = api.list_models(author="bob", full=True, cardData=True)
    assert {file.rfilename for file in full.siblings} == {".gitattributes", "README.md"}
    assert full.card_data["library_name"] == "mylib"
    (few,) = api.list_models(author="bob", expand=["sha"])
    assert few.sha == hub.repository("bob/one").at("main").oid


def test_tags(hub: Hub) -> None:
    api = hub.api()
    first = hub.put("alice/m", {"README.md": CARD}).oid
    api.create_tag("alice/m", tag="v1", tag_message="The first")
    api.create_tag("alice/m", tag="light")
    hub.put("alice/m", {"README.md": b""})
    with pytest.raises(HfHubHTTPError) as caught:
        api.create_tag("alice/m", tag="v1")
    assert caught.value.response.status_code == 409
    api.create_tag("alice/m", tag="v1", exist_ok=True)
    api.create_tag("alice/m", tag="of-old", revision=first)
    tags = {tag.name: tag.target_commit for tag in api.list_repo_refs("alice/m").tags}
    assert tags == {"v1": first, "light": first, "of-old": first}
    assert api.model_info("alice/m", revision="v1").sha == first
    assert "gan" in api.model_info("alice/m", revision="v1").tags
    assert "gan" not in api.model_info("alice/m").tags
    api.delete_tag("alice/m", tag="v1")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag("alice/m", tag="v1")
    with pytest.raises(RevisionNotFoundError):
        api.create_tag("alice/m", tag="v2", revision="nowhere")


def test_branches(hub: Hub) -> None:
    api = hub.api()
    first = hub.put("alice/m", {"a": b"1"}).oid
    hub.put("alice/m", {"a": b"2"})
    api.create_branch("alice/m", branch="dev/x", revision=first)
    with pytest.raises(HfHubHTTPError):
        api.create_branch("alice/m", branch="dev/x")
    api.create_branch("alice/m", branch="dev/x", exist_ok=True)
    api.upload_file(
        repo_id="alice/m", path_in_repo="sub dir/b", path_or_fileobj=b"3", revision="dev/x"
    )
    assert hub.files("alice/m", "dev/x")["a"] == b"1"
    assert "sub dir/b" not in hub.files("alice/m")
    path = api.hf_hub_download("alice/m", "sub dir/b", revision="dev/x")
    with open(path, "rb") as file:
        assert file.read() == b"3"
    assert {b.name for b in api.list_repo_refs("alice/m").branches} == {"main", "dev/x"}
    api.delete_branch("alice/m", branch="dev/x")
    assert [b.name for b in api.list_repo_refs("alice/m").branches] == ["main"]


def test_trees(hub: Hub) -> None:
    api = hub.api()
    first = hub.put("alice/m", {"a/b/c.txt": b"c", "a/d.bin": b"dd", "e.txt": b"e"})
    second = hub.put("alice/m", {"e.txt": b"f"})
    hub.page_size = 2

    def paths(**query: object) -> list[str]:
        return [row.path for row in api.list_repo_tree("alice/m", **query)]

    assert paths() == [".gitattributes", "a", "e.txt"]
    assert paths(recursive=True) == [".gitattributes", "a", "a/b", "a/b/c.txt", "a/d.bin", "e.txt"]
    assert paths(path_in_repo="a/b") == ["a/b/c.txt"]
    with pytest.raises(HfHubHTTPError) as caught:
        paths(path_in_repo="nowhere")
    assert caught.value.response.status_code == 404
    rows = api.get_paths_info("alice/m", ["a", "a/d.bin", "e.txt", "nowhere"], expand=True)
    held = {row.path: row for row in rows}
    assert set(held) == {"a", "a/d.bin", "e.txt"}
    assert (held["a/d.bin"].size, held["a/d.bin"].lfs.size) == (2, 2)
    assert held["a/d.bin"].last_commit.oid == first.oid
    assert held["e.txt"].last_commit.oid == second.oid
    assert len(api.list_repo_commits("alice/m")) == 3


def test_a_file_system(hub: Hub) -> None:
    system = HfFileSystem(endpoint=hub.endpoint, token=hub.tokens["alice"])
    hub.put("alice/m", {"a/b.txt": b"b", "a/c.bin": b"cc"})
    assert system.ls("alice/m/a", detail=False) == ["alice/m/a/b.txt", "alice/m/a/c.bin"]
    assert system.read_text("alice/m/a/b.txt") == "b"
    with system.open("alice/m/a/c.bin", "rb") as file:
        assert file.read() == b"cc"
    with system.open("alice/m/new.txt", "w") as file:
        file.write("new")
    assert hub.files("alice/m")["new.txt"] == b"new"


def test_a_dataset(hub: Hub) -> None:
    api = hub.api()
    api.create_repo("alice/d", repo_type="dataset")
    for name, data in {"a.txt": b"a", "b.bin": b"b"}.items():
        api.upload_file(
            repo_id="alice/d", repo_type="dataset", path_in_repo=name, path_or_fileobj=data
        )
        with open(api.hf_hub_download("alice/d", name, repo_type="dataset"), "rb") as file:
            assert file.read() == data
    assert api.dataset_info("alice/d").id == "alice/d"
    assert ("model", "alice/d") not in hub.repositories
