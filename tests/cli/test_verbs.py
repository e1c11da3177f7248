"""Each verb does what its help says."""

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import soundfile
import yaml
from PIL import Image

from mmgan_core.cli.generate_verb import _in_a_line
from mmgan_core.cli.main import VERBS
from mmgan_core.foundation.yaml_text import from_yaml

from .conftest import SMALL

Zoo = Callable[..., object]


def test_ls(zoo) -> None:
    said = zoo("ls")
    assert said.code == 0
    assert {"generator", "recipes", "image/r3", "digits"} <= set(said.out.split())
    only = zoo("ls", "generator", "--modality", "audio", "--json")
    assert {row["id"] for row in json.loads(only.out)["components"]} == {
        "audio/hifi",
        "audio/istft",
        "audio/mel-canvas",
        "audio/mel-stream",
        "audio/wave",
        "core/dense",
        "core/gaussian",
        "image/r3",
        "image/unet",
    }
    assert zoo("ls", "generators").out == zoo("ls", "generator").out


def test_show(zoo) -> None:
    said = zoo("show", "image/r3", "--kind", "generator", "--json")
    (card,) = json.loads(said.out)
    assert card["distribution"] == "mmgan-image"
    assert {"width", "noise_dim"} <= {option["name"] for option in card["options"]}
    assert yaml.safe_load(zoo("show", "digits").out)["data"] == "core/digits"


def test_every_component_can_be_shown(zoo) -> None:
    from mmgan_core.plugins.catalogue import catalogue

    for _, spec in catalogue():
        assert zoo("show", spec.id).code == 0


def test_validate(zoo) -> None:
    said = zoo("validate", "digits", "--use", "make.image.generator=image/r3")
    assert said.out.startswith("ok: digits: given text, audio, label, makes image;")
    assert "not opened" in zoo("validate", "speech", "--no-data").out


def test_plan(zoo) -> None:
    settings = [part for text in SMALL for part in ("--set", text)]
    facts = json.loads(zoo("plan", "digits", "--cpu", "--json", *settings).out)
    assert facts["steps"] == 4
    assert facts["shapes"] == {"image": [1, 16, 16]}
    assert facts["rate"] > 0
    assert [slot for slot, _, _ in facts["parts"]][:2] == [
        "given.text.encoder",
        "given.audio.encoder",
    ]
    assert "training takes about" in zoo("plan", "digits", "--cpu", *settings).out


def test_a_plan_says_what_it_knows_before_it_times_anything(zoo, monkeypatch) -> None:
    """Where no step ends in time, everything else is said, and that."""
    from mmgan_core.training import timing

    settings = [part for text in SMALL for part in ("--set", text)]
    monkeypatch.setattr(
        timing, "step_time", lambda *_: timing.StepTime(10.0, timing.SMALLEST, over=True)
    )
    said = zoo("plan", "digits", "--cpu", *settings).out
    assert said.index("make.image.generator") < said.index("memory for weights")
    assert said.index("memory for weights") < said.index("a step takes")
    assert "more than 10 seconds on cpu" in said
    assert "training takes about" not in said


def test_train_tells_what_next(zoo, elsewhere: Path) -> None:
    settings = [part for text in SMALL for part in ("--set", text)]
    said = zoo("train", "digits", "--cpu", "--seed", "3", *settings)
    assert said.code == 0
    assert "runs/digits/samples/000000000064.png" in said.out
    assert "mmgan-zoo generate run:runs/digits text=..." in said.out
    assert yaml.safe_load((elsewhere / "runs/digits/recipe.yaml").read_text())["seed"] == 3
    again = zoo("train", "digits", "--cpu", "--seed", "3", *settings)
    assert again.code == 2
    assert "--resume" in again.err


def test_a_way_between_samples(zoo, trained: Path, tmp_path: Path) -> None:
    said = zoo(
        "generate",
        f"run:{trained}",
        "text=three",
        "text=four",
        "--interpolate",
        "3",
        "--truncation",
        "0.5",
        "--out",
        str(tmp_path),
    )
    assert said.out.splitlines()[-1] == f"film: {tmp_path / 'image.gif'}"
    assert len(list(tmp_path.glob("image-*.png"))) == 4
    with Image.open(tmp_path / "image.gif") as film:
        assert film.n_frames == 6, "there and back again"
    assert zoo("generate", f"run:{trained}", "--interpolate", "2", "--count", "1").code == 2


def test_words_are_joined_to_a_sentence(zoo, tmp_path: Path) -> None:
    words = ("word=four", "word=two", "speaker=theo", "speaker=jackson")
    ended = zoo("generate", "speech", *words, "--join", "--out", str(tmp_path / "said"))
    assert ended.code == 0, ended.err
    first, second, whole = (
        soundfile.info(tmp_path / "said" / f"{name}.wav").duration
        for name in ("audio-000", "audio-001", "audio")
    )
    assert 0.3 < whole < first + second


def test_what_a_file_holds_is_given(zoo, trained: Path, tmp_path: Path) -> None:
    (tmp_path / "word.txt").write_text("three\n", encoding="utf-8")
    made = []
    for number, value in enumerate(("three", f"@{tmp_path / 'word.txt'}")):
        out = tmp_path / str(number)
        assert zoo("generate", f"run:{trained}", f"text={value}", "--out", out).code == 0
        made.append((out / "image-000.png").read_bytes())
    assert made[0] == made[1]


def test_a_file_that_is_not_there_is_no_text(zoo, trained: Path) -> None:
    ended = zoo("generate", f"run:{trained}", "text=@gone.txt")
    assert ended.code == 2
    assert "there is no file 'gone.txt'" in ended.err
    assert "@@gone.txt" in ended.err


def test_made_text_is_printed(zoo, tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    Image.new("L", (8, 8)).save(picture)
    ended = zoo("generate", "tiny-dense", f"image={picture}", "--out", tmp_path / "made")
    file = tmp_path / "made" / "label-000.txt"
    assert ended.out.splitlines()[0] == f"{file}: {file.read_text().strip()}"


def test_made_text_moves_no_cursor() -> None:
    assert _in_a_line("a\x1b[2Jb\nc") == ": a [2Jb c"
    assert _in_a_line(3) == ""


def test_what_cannot_be_joined_is_kept_and_said(zoo, trained: Path, tmp_path: Path) -> None:
    ended = zoo("generate", f"run:{trained}", "--join", "--out", str(tmp_path / "made"))
    assert ended.code == 2
    assert "cannot be joined" in ended.err
    assert str(tmp_path / "made") in ended.err
    assert list((tmp_path / "made").iterdir())


def test_generate(zoo, trained: Path, tmp_path: Path) -> None:
    said = zoo(
        "generate",
        f"run:{trained}",
        "text=three",
        "text=four",
        "label=three",
        "--count",
        "4",
        "--out",
        tmp_path,
        "--json",
    )
    facts = json.loads(said.out)
    assert [Path(file).name for file in facts["files"]] == [f"image-00{k}.png" for k in range(4)]
    with Image.open(facts["files"][0]) as one, Image.open(facts["sheet"]) as sheet:
        assert one.size == (16, 16)
        assert sheet.size == (4 * 68 + 4, 72)


def test_invert(zoo, trained: Path, tmp_path: Path) -> None:
    picture = tmp_path / "three.png"
    Image.new("L", (40, 30), 128).save(picture)
    said = zoo(
        "invert",
        f"run:{trained}",
        f"image={picture}",
        "label=three",
        "--then",
        "label=one",
        "--then",
        "label=two",
        "--steps",
        "3",
        "--out",
        tmp_path / "out",
        "--json",
    )
    facts = json.loads(said.out)
    assert 0 < facts["error"] <= facts["initial_error"]
    names = [str(Path(file).relative_to(tmp_path / "out")) for file in facts["files"]]
    assert names == ["image-000.png", "then/image-000.png", "then/image-001.png"]
    with Image.open(facts["sheet"]) as sheet:
        assert sheet.width > 4 * 64
    assert zoo("invert", f"run:{trained}", "image=nowhere.png").code == 2


def test_evaluate_and_report(zoo, trained: Path) -> None:
    refused = zoo("evaluate", trained, "--set", "seed=1")
    assert (refused.code, "the run has been trained" in refused.err) == (2, True)
    few = ("--set", "evaluate.metrics=[core/condition-accuracy]", "--set", "evaluate.count=30")
    changed = json.loads(zoo("evaluate", trained, *few, "--json").out)
    assert {row["name"] for row in changed} == {"condition accuracy"}
    assert 30 in {row["n"] for row in changed}
    rows = json.loads(zoo("evaluate", trained, "--count", "40", "--json").out)
    assert {"value", "floor", "n", "split", "seed", "evaluator_hash"} <= set(rows[0])
    given = {row["given"] for row in rows}
    assert {"nothing", "text", "text + audio + label", "text + audio + label, shuffled"} <= given
    said = zoo("evaluate", f"run:{trained}", "--count", "40").out
    assert "  image  text  " in said
    assert "condition" in said
    assert "measured on test by image/conv" in said
    *_, score = json.loads(
        zoo("evaluate", trained, "--count", "40", "--classification", "60", "--json").out
    )
    assert (score["name"], score["given"], score["made"]) == ("classification score", "label", 60)
    unread = zoo("evaluate", trained, "--target", "writer")  # writers of the test split are others
    assert (unread.code, "share no value of 'writer'" in unread.err) == (1, True)
    said = zoo("report", trained, "--samples", 0, "--set", "summary=Other words.")
    assert "Other words." in Path(said.out.strip()).read_text()
    said = zoo("report", trained)
    html = Path(said.out.strip()).read_text()
    assert "data:image/png;base64," in html
    assert "<svg" in html
    assert "<audio controls" in html
    assert "condition accuracy" in html


def test_init_fits_the_data_and_passes_validate(zoo, elsewhere: Path) -> None:
    for name in ("ja", "nein"):
        (elsewhere / "photos" / name).mkdir(parents=True)
        for number in range(12):
            Image.new("RGB", (40, 20), (number, 0, 0)).save(
                elsewhere / "photos" / name / f"{number}.png"
            )
    assert zoo("init", "mine.yaml", "--data", "folder:photos", "--rate", "100").code == 0
    recipe = yaml.safe_load((elsewhere / "mine.yaml").read_text())
    assert recipe["given"] == {"label": {"encoder": "core/label-embedding"}}
    assert zoo("validate", "mine.yaml").out.startswith("ok: mine: given label, makes image")
    assert zoo("init", "mine.yaml").code == 2
    assert zoo("init", "mine.yaml", "--force", "--rate", "100").code == 0
    assert zoo("validate", "mine.yaml").code == 0


ODD = ["a: b", "null", "x]", "my # column", "été", "type", "count", "A b", "A_b", "1"]


def test_init_names_and_quotes_whatever_the_data_are_called(zoo, elsewhere: Path) -> None:
    folder = elsewhere / "my # photos: 1"
    folder.mkdir()
    rows = [["file_name", "label", *ODD], *([f"{n}.png", "ab"[n % 2], *ODD] for n in range(8))]
    for number in range(8):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(folder / f"{number}.png")
    text = "\n".join(",".join(row) for row in rows)
    (folder / "metadata.csv").write_text(text, encoding="utf-8")
    given = [argument for name in (*ODD, "label", "label") for argument in ("--given", name)]
    data = ("--data", f"folder:{folder.name}", "--rate", 9)
    assert zoo("init", "mine.yaml", *data, *given).code == 0
    said = zoo("validate", "mine.yaml")
    assert said.out.startswith("ok: mine: given a__b, null, x_,"), said.err
    recipe = yaml.safe_load((elsewhere / "mine.yaml").read_text(encoding="utf-8"))
    columns = [entry.get("column", name) for name, entry in recipe["given"].items()]
    assert columns == [*ODD, "label"]


def test_doctor(zoo) -> None:
    checks = {row["check"]: row for row in json.loads(zoo("doctor", "--json").out)}
    assert checks["plugin image"]["ok"]
    assert checks["torch"]["says"]


def test_plugins(zoo) -> None:
    rows = {row["name"]: row for row in json.loads(zoo("plugins", "ls", "--json").out)}
    for name in ("core", "objectives", "image", "audio", "text"):
        assert rows[name]["status"] == "ok"


def test_schema_accepts_every_shipped_recipe_and_refuses_a_misspelt_one(zoo) -> None:
    from mmgan_core.recipe.reading import list_recipes

    schema = jsonschema.Draft202012Validator(json.loads(zoo("schema").out))
    schema.check_schema(schema.schema)
    for file in list_recipes().values():
        schema.validate(from_yaml(file.read_text()))
    recipe = from_yaml(list_recipes()["digits"].read_text())
    recipe["make"]["image"]["generator"]["widht"] = 3
    with pytest.raises(jsonschema.ValidationError):
        schema.validate(recipe)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help(zoo, verb: str, request: pytest.FixtureRequest) -> None:
    """The help is as it was; renew with ``--renew-snapshots`` after a change that is meant."""
    said = zoo(*([verb] if verb else []), "--help")
    assert said.code == 0
    assert not verb or verb == "plugins" or "Example" in said.out
    file = Path(__file__).parent / "snapshots" / f"{verb or 'mmgan-zoo'}.txt"
    if request.config.getoption("--renew-snapshots"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said.out)
    assert said.out == file.read_text()
