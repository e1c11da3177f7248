"""Uploads of a real client without Xet, and what the repository holds afterwards."""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

from .server import Hub

README = "---\ntags: [gan, mylib]\nlibrary_name: mylib\nlicense: mit\n---\n# A model\n"
LARGE = random.Random(0).randbytes(1_000) * 30_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model as a user would have it."""
    root = tmp_path / "model"
    (root / "sub").mkdir(parents=True)
    (root / "README.md").write_text(README, encoding="utf-8")
    (root / "sub" / "config.json").write_text("{}", encoding="utf-8")
    (root / "empty.txt").touch()
    (root / "model.safetensors").write_bytes(LARGE)
    return root


def contents(folder: Path) -> dict[str, bytes]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_a_folder(hub: Hub, folder: Path) -> None:
    api = hub.api()
    assert api.create_repo("alice/m").repo_id == "alice/m"
    made = api.upload_folder(repo_id="alice/m", folder_path=folder, commit_message="first")
    assert made.oid == hub.repository("alice/m").at("main").oid
    held = hub.files("alice/m")
    held.pop(".gitattributes")
    assert held == contents(folder)
    assert hub.storage == {hashlib.sha256(LARGE).hexdigest(): LARGE}
    assert [call.method for call in hub.calls(pattern="^/storage/")] == ["PUT"]
    assert "Authorization" not in hub.calls("PUT")[0].headers
    again = api.upload_folder(repo_id="alice/m", folder_path=folder, commit_message="second")
    assert again.oid == made.oid
    assert len(hub.calls("POST", "/commit/")) == 1
    (folder / "sub" / "config.json").write_text("[]", encoding="utf-8")
    (folder / "empty.txt").unlink()
    api.upload_folder(
        repo_id="alice/m", folder_path=folder, delete_patterns="*.txt", commit_message="third"
    )
    assert hub.files("alice/m")["sub/config.json"] == b"[]"
    assert "empty.txt" not in hub.files("alice/m")
    titles = [commit.title for commit in api.list_repo_commits("alice/m")]
    assert titles == ["third", "first", "initial commit"]


def test_parts(hub: Hub) -> None:
    hub.part_size = 300_000
    data = LARGE[:1_000_001]
    hub.api().create_repo("alice/m")
    hub.api().upload_file(repo_id="alice/m", path_in_repo="a.bin", path_or_fileobj=data)
    assert hub.files("alice/m")["a.bin"] == data
    assert len(hub.calls("PUT", r"^/storage/\w+/[1-4]\?")) == 4
    for call in hub.calls(pattern="^/storage/"):
        assert "Authorization" not in call.headers


def test_what_is_stored_is_not_sent_again(hub: Hub) -> None:
    api = hub.api()
    for name in ("m", "n"):
        api.create_repo(f"alice/{name}")
        api.upload_file(repo_id=f"alice/{name}", path_in_repo="a.bin", path_or_fileobj=b"\0")
    assert len(hub.calls("PUT")) == 1
    assert hub.files("alice/n")["a.bin"] == b"\0"


def test_kinds_of_files(hub: Hub) -> None:
    """What is large by its ending, its bytes, its size; and what is ignored."""
    api = hub.api()
    hub.put("alice/m", {".gitignore": b"*.log\nout/\n!keep.log\n"})
    files = {
        "a.txt": "é".encode() * 300,
        "b.dat": b"\xff\0",
        "c.txt": b"a" * 10_000_001,
        "with space.dat": b"\0",
        "a.log": b"x",
        "keep.log": b"x",
        "out/x": b"x",
    }
    api.create_commit(
        "alice/m",
        [CommitOperationAdd(path, io.BytesIO(data)) for path, data in files.items()],
        commit_message="all",
    )
    repository = hub.repository("alice/m")
    held = repository.files(repository.at("main"))
    assert {path for path, file in held.items() if file.sha256} == {
        "b.dat",
        "c.txt",
        "with space.dat",
    }
    assert not {"a.log", "out/x"} & set(held)
    assert "keep.log" in held
    attributes = repository.text(repository.at("main"), ".gitattributes")
    assert "with[[:space:]]space.dat filter=lfs diff=lfs merge=lfs -text\n" in attributes


def test_parent_commit(hub: Hub) -> None:
    api = hub.api()
    first = hub.put("alice/m", {"a.txt": b"1"}).oid

    def write(data: bytes) -> None:
        add = [CommitOperationAdd("a.txt", data)]
        api.create_commit("alice/m", add, commit_message="write", parent_commit=first)

    write(b"2")
    with pytest.raises(HfHubHTTPError) as caught:
        write(b"3")
    assert caught.value.response.status_code == 412
    assert hub.files("alice/m")["a.txt"] == b"2"


def test_somebody_else_is_quicker(hub: Hub) -> None:
    first = hub.put("alice/m", {"a.txt": b"1"}).oid
    hub.inject("POST", "/commit/", do=lambda: hub.put("alice/m", {"a.txt": b"theirs"}))
    with pytest.raises(HfHubHTTPError, match="a commit has happened since"):
        hub.api().upload_file(
            repo_id="alice/m", path_in_repo="a.txt", path_or_fileobj=b"2", parent_commit=first
        )
    assert hub.files("alice/m")["a.txt"] == b"theirs"


def test_deleting_and_copying(hub: Hub) -> None:
    api = hub.api()
    hub.put("alice/m", {"a/b.txt": b"b", "a/c.bin": b"c", "d.txt": b"d"})
    api.create_commit(
        "alice/m",
        [CommitOperationCopy("d.txt", "e.txt"), CommitOperationCopy("a/c.bin", "f.bin")],
        commit_message="copy",
    )
    assert hub.files("alice/m")["e.txt"] == b"d"
    assert hub.files("alice/m")["f.bin"] == b"c"
    api.delete_file("d.txt", "alice/m")
    api.delete_folder("a", "alice/m")
    assert set(hub.files("alice/m")) == {".gitattributes", "e.txt", "f.bin"}
    with pytest.raises(EntryNotFoundError, match="A file with this name doesn't exist"):
        api.delete_file("d.txt", "alice/m")
    api.create_commit(
        "alice/m",
        [CommitOperationDelete("e.txt"), CommitOperationAdd("g.txt", b"g")],
        commit_message="both",
    )
    assert set(hub.files("alice/m")) == {".gitattributes", "f.bin", "g.txt"}


def test_a_pull_request(hub: Hub) -> None:
    hub.put("alice/m", {"a.txt": b"1"})
    made = hub.api().create_commit(
        "alice/m", [CommitOperationAdd("a.txt", b"2")], commit_message="pr", create_pr=True
    )
    assert made.pr_num == 1
    assert hub.files("alice/m")["a.txt"] == b"1"
    assert hub.files("alice/m", "refs/pr/1")["a.txt"] == b"2"
    (request,) = hub.api().list_repo_refs("alice/m", include_pull_requests=True).pull_requests
    assert (request.ref, request.target_commit) == ("refs/pr/1", made.oid)


def test_refused_commits(hub: Hub) -> None:
    api = hub.api()
    hub.put("alice/m", {"a": b"1"})
    with pytest.raises(RevisionNotFoundError):
        api.upload_file(
            repo_id="alice/m", path_in_repo="b", path_or_fileobj=b"2", revision="nowhere"
        )
    with pytest.raises(HfHubHTTPError, match="cannot lie at 'a'"):
        api.upload_file(repo_id="alice/m", path_in_repo="a/b", path_or_fileobj=b"2")
    assert set(hub.files("alice/m")) == {".gitattributes", "a"}


def test_a_bad_card(hub: Hub) -> None:
    hub.api().create_repo("alice/m")
    with pytest.raises(ValueError, match="not YAML"):
        hub.api().upload_file(
            repo_id="alice/m", path_in_repo="README.md", path_or_fileobj=b"---\na: [\n---\n"
        )
    assert set(hub.files("alice/m")) == {".gitattributes"}


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_git_agrees(hub: Hub, folder: Path, tmp_path: Path) -> None:
    api = hub.api()
    api.create_repo("alice/m")
    api.upload_folder(repo_id="alice/m", folder_path=folder)
    hub.put("alice/m", {"sub.txt": b"", "sub/deeper/x": b"x", "subx": b"x"})
    api.create_tag("alice/m", tag="v1", tag_message="The first")
    api.create_tag("alice/m", tag="v1-light")
    api.create_branch("alice/m", branch="dev/x")
    api.delete_folder("sub", "alice/m", revision="dev/x", commit_description="More\n\nlines.")
    bare = tmp_path / "bare"
    hub.repository("alice/m").write(bare)

    def git(*arguments: str) -> str:
        said = subprocess.run(
            ["git", "-C", str(bare), *arguments], capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stderr
        return said.stdout

    assert "error" not in git("fsck", "--full", "--strict")
    main = hub.repository("alice/m").at("main")
    assert git("rev-parse", "v1^{commit}").strip() == main.oid
    names = set(git("ls-tree", "-r", "--name-only", "main").splitlines())
    assert names == set(hub.files("alice/m"))
    assert git("log", "--format=%b", "-1", "dev/x").strip() == "More\n\nlines."
