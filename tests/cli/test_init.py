"""`init` asks each kind of data what to suggest for it, and knows none by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mmgan_core import Spec, Starter
from mmgan_core.contracts import Column
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.starting.budget import Rates, Wish, numbers
from mmgan_core.starting.columns import Seen
from mmgan_core.starting.draft import Ground, drafted
from mmgan_core.starting.made_samples import Samples
from mmgan_core.starting.roles import Role
from mmgan_core.starting.written import written

RATE = ("--rate", 100)


def test_a_kind_of_data_that_no_plugin_of_ours_brings(zoo, elsewhere: Path) -> None:
    said = zoo("init", "mine.yaml", "--data", "echo/numbers", *RATE)
    assert said.code == 0, said.err
    recipe = yaml.safe_load((elsewhere / "mine.yaml").read_text())
    (entry,) = recipe["make"].values()
    assert (entry["generator"], entry["discriminator"]) == ("echo/affine", "echo/linear")
    assert (entry["evaluator"]["encoder"], entry["evaluator"]["target"]) == ("echo/linear", "label")
    assert "augment" not in entry, "it suggests none"
    said = zoo("validate", "mine.yaml")
    assert said.out.startswith("ok: mine: given label, makes"), said.err


def test_options_that_are_suggested_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    suggested = Starter(
        encoder={"use": "tune/reader", "dim": 8},
        generator={"use": "tune/maker", "width": 4},
        discriminator="tune/critic",
        made_as={"use": "tune/roll", "bars": 2},
        reads_unknown=True,
    )
    spec = Spec("tune/tune", "x:Y", "Tunes", modalities=("tune",), default=True, starter=suggested)
    reader = type("Reader", (), {"encodes_samples": lambda: False})
    monkeypatch.setattr(Catalogue, "of", lambda *_: [spec])
    monkeypatch.setattr(Catalogue, "modality_for", lambda *_, **__: spec)
    monkeypatch.setattr(Catalogue, "load", lambda *_, **__: reader)
    rows = {
        name: Role(Seen(Column(name, kind), "what"), became, "why")
        for name, kind, became in (
            ("tune", "tune", "made"),
            ("hum", "tune", "given"),
            ("odd", "", "given"),
        )
    }
    given = [rows["hum"], rows["odd"]]
    encoders = {role.name: (suggested.encoder, "") for role in given}
    ground = Ground("parquet:x", rows["tune"], given, encoders)
    samples = Samples("tune/roll", {"bars": 2}, "")
    networks = (suggested.generator, suggested.discriminator)
    wish = Wish(10.0)
    draft = drafted(ground, samples, networks, numbers(1_000, 50, wish, Rates(1.0)), wish)
    recipe = yaml.safe_load(written(draft, []))
    for name in ("hum", "odd"):
        assert recipe["given"][name] == {
            "modality": "tune/tune",
            "encoder": {"use": "tune/reader", "dim": 8},
        }
    made = recipe["make"]["tune"]
    assert made["modality"] == {"use": "tune/roll", "bars": 2}
    assert made["generator"] == {"use": "tune/maker", "width": 4}


def test_without_a_generator_it_says_what_to_install(zoo, elsewhere: Path) -> None:
    (elsewhere / "notes").mkdir()
    for number in range(8):
        (elsewhere / "notes" / f"{number}.wav").write_bytes(b"RIFF")
    said = zoo("--no-plugin", "audio", "init", "mine.yaml", "--data", "folder:notes")
    assert said.code == 2
    assert "no installed plugin suggests a generator for any column: audio (audio)" in said.err
    assert "pip install mmgan-audio" in said.err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"encoder": "no id"}, "the suggested encoder 'no id' is not of the form plugin/name"),
        ({"made_as": {"bars": 2}}, "the suggested made_as None is not of the form"),
        ({"taught_by": ("likelihood",)}, "the suggested taught_by 'likelihood' is not of the form"),
        ({"metrics": ({"rows": 3},)}, "the suggested metrics None is not of the form"),
        ({"generator": "a/b"}, "a generator is suggested together with a discriminator, or with"),
        ({"discriminator": "a/b"}, "a generator is suggested together with a discriminator"),
        ({"networks": (("a/b", ""),)}, "a generator is suggested together with a discriminator"),
    ],
)
def test_a_suggestion_is_an_id(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Starter(**wrong)  # type: ignore[arg-type]


def test_a_starter_does_not_keep_a_spec_from_being_hashed() -> None:
    mapped = Starter(generator={"use": "a/b"}, discriminator="a/b")
    assert hash(Spec("a/a", "x:Y", "x", starter=mapped)) == hash(
        Spec("a/a", "x:Y", "x", starter=mapped)
    )


def test_data_named_as_the_recipe_are_told_how_to_be_named(zoo, elsewhere: Path) -> None:
    (elsewhere / "my photos").mkdir()
    (elsewhere / "rows.parquet").touch()
    (elsewhere / "notes.txt").touch()
    for more in ((), ("--out", "mine.yaml")):
        said = zoo("init", "my photos", *more)
        assert said.code == 2
        assert "my photos is a folder, not a recipe" in said.err
        assert "mmgan-zoo init 'my photos.yaml' --data 'folder:my photos'" in said.err
    assert "mmgan-zoo init rows.yaml --data parquet:rows.parquet" in zoo("init", "rows.parquet").err
    assert "mmgan-zoo init notes.yaml --data table:notes.txt" in zoo("init", "notes.txt").err
    (elsewhere / "notes.md").touch()
    assert "a recipe's file ends in .yaml" in zoo("init", "notes.md").err
