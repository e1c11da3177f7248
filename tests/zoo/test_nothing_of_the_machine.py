"""What is exported and pushed names no place of this machine, and holds no secret."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from mmgan_core import load_recipe
from mmgan_core.errors import UsageError
from mmgan_core.foundation import progress
from mmgan_core.publishing.export import export
from mmgan_core.publishing.machine import address_to_publish, recipe_to_publish, without_place
from mmgan_core.publishing.push import push
from mmgan_core.publishing.secrets import secret_in
from mmgan_core.publishing.verify import verify

JANE = "jane.doe"
PLACES = {
    f"/home/{JANE}/photos": "photos",
    f"/home/{JANE}/my photos/all of them": "all of them",
    f"/Users/{JANE}/photos/": "photos",
    f"~/{JANE}/photos": "photos",
    f"~{JANE}/photos": "photos",
    f"../../{JANE}/photos": "photos",
    f"C:\\Users\\{JANE}\\photos": "photos",
    f"D:/{JANE}/photos": "photos",
    f"\\\\{JANE}-nas\\share\\photos": "photos",
    f"file:///home/{JANE}/photos": "photos",
    f"file:/home/{JANE}/photos": "photos",
    f"/mnt/{JANE}.{JANE}/photos": "photos",
}
OTHERS = [
    *("data/photos", "a/b and/or c/d", "1/2 of 3/4", "https://example.org/a/b?c=/d/e"),
    *("hf:me/digits@v1", "core/digits", "image/png", "and so on / or not", "a: b", "~5 of 10"),
]


@pytest.mark.parametrize("place", PLACES)
def test_a_place_is_published_as_its_base_name(place: str) -> None:
    told: list[str] = []
    recipe = load_recipe("digits-unconditional")
    for use in ("folder", "parquet"):
        named = recipe.model_copy(
            update={"data": recipe.data.model_copy(update={"use": f"{use}:{place}"})}
        )
        published = recipe_to_publish(named, told.append)
        assert published.data.use == f"{use}:{PLACES[place]}"
        assert JANE in told[-1]
        assert JANE not in json.dumps(published.plain())
    if " " not in place:
        assert JANE not in without_place(f"Pictures from {place}, made in spring.")
    assert JANE not in address_to_publish(f"dir:{place}")


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_place_stays(text: str) -> None:
    assert without_place(text) == text


@pytest.fixture
def private(run: Path, tmp_path: Path) -> Path:
    """A run whose recipe and lock say where its owner lives."""
    path = Path(shutil.copytree(run, tmp_path / "private"))
    raw = yaml.safe_load((path / "resolved.yaml").read_text(encoding="utf-8"))
    raw["summary"] = f"Digits of /home/{JANE}/notes.txt"
    raw["about"]["data_source"] = f"C:\\Users\\{JANE}\\digits"
    raw["about"]["limits"] = [f"Only what lies in file:///home/{JANE}/digits, and no more."]
    (path / "resolved.yaml").write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    lock = json.loads((path / "lock.json").read_text(encoding="utf-8"))
    lock["stretches"] = [{"from": 96, "data": f"/home/{JANE}/digits", "threads": 7}]
    (path / "lock.json").write_text(json.dumps(lock), encoding="utf-8")
    return path


def test_a_model_says_nothing_of_the_machine(
    private: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "_noted", set())
    to = tmp_path / JANE / "model"
    to.parent.mkdir()
    model = export(private, to, name="small", address=f"dir:{to}", training=True)
    for file in model.path.rglob("*"):
        assert not file.is_file() or JANE.encode() not in file.read_bytes(), file
    said = capsys.readouterr().err
    assert said.count(JANE) >= 4
    assert "is published as 'digits'" in said
    list(verify(model.path))
    assert model.manifest.made_with["stretches"] == [
        {"from": 96, "data": "digits", "threads": 7}
    ], "each stretch of the training is published"
    pushed = push(model.path, "alice/small", dry_run=True)
    assert not pushed.commit


def test_a_model_that_names_a_place_is_not_pushed(model: Path, rehash: object) -> None:
    file = model / "model.json"
    raw = json.loads(file.read_text(encoding="utf-8"))
    raw["summary"] = f"Made in /home/{JANE}/digits"
    file.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(UsageError, match="names a place of this machine"):
        push(model, "alice/small", dry_run=True)


A = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5hJ7kL9"
SECRETS = {
    "hf": f"hf_{A}",
    "GitHub": f"ghp_{A}",
    "GitHub, fine": f"github_pat_{A}{A}",
    "GitLab": f"glpat-{A[:20]}",
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "OpenAI": f"sk-proj-{A}",
    "Stripe": f"sk_live_{A}",
    "Slack, bot": f"xoxb-123456789012-{A[:24]}",
    "Slack, user": f"xoxp-123456789012-{A[:24]}",
    "Slack, app": f"xapp-1-{A}",
    "Slack, hook": "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXX",
    "Google": f"AIza{A[:35]}",
    "Google, OAuth": f"ya29.{A}",
    "Google, client": f"GOCSPX-{A[:28]}",
    "wandb": f"WANDB_API_KEY={'0123456789abcdef' * 2}01234567",
    "wandb, new": f"wandb_v1_{A}",
    "Azure": f"AccountKey={A}{A}==",
    "npm": f"npm_{A[:36]}",
    "PyPI": f"pypi-AgEIcHlwaS5vcmc{A}",
    "SendGrid": f"SG.{A[:22]}.{A}",
    "web token": f"eyJ{A[:20]}.eyJ{A[:20]}.{A}",
    "key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "address": "https://jane:hunter22@example.org/data",
    "database": "postgresql://jane:hunter22@db.example.org/x",
    "password": "password: hunter2hunter2",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_found(tmp_path: Path, name: str, encoding: str) -> None:
    for text in (SECRETS[name], f"limits:\n- see {SECRETS[name]} for more\n"):
        (tmp_path / "x.txt").write_bytes(text.encode(encoding))
        assert secret_in(tmp_path / "x.txt")
        (tmp_path / "odd.txt").write_bytes(b"x" + text.encode(encoding))
        assert encoding != "utf-16-le" or secret_in(tmp_path / "odd.txt")


def test_a_secret_in_the_notes_of_a_weights_file_is_found(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    file = tmp_path / "x.safetensors"
    save_file({"a": torch.zeros(1)}, file, metadata={"by": SECRETS["Slack, bot"]})
    assert secret_in(file)


def test_the_value_of_a_secret_variable_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SERVICE_PASSWORD", "correct horse battery")
    (tmp_path / "x.txt").write_text("it is correct horse battery.", encoding="utf-8")
    assert secret_in(tmp_path / "x.txt") == "the value of your variable MY_SERVICE_PASSWORD"


def test_shipped_models_hold_no_secret() -> None:
    for file in (Path(__file__).parents[2] / "zoo" / "models").rglob("*"):
        assert not file.is_file() or not secret_in(file), file
