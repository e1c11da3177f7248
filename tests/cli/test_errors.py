"""A user's mistake gets one message, the right exit code, and leaves nothing behind."""

import shutil
from pathlib import Path

import pytest
import yaml
from PIL import Image

from mmgan_core.runs.checkpoint import checkpoints

MISTAKES = [
    (["train", "digit"], 2, "did you mean 'digits'"),
    (["train", "digits", "--set", "train.sample=3"], 2, "did you mean 'samples'"),
    (["train", "digits", "--set", "train.samples"], 2, "not of the form key=value"),
    (["train", "digits", "--use", "make.image.generator=image/r4"], 2, "did you mean 'image/r3'"),
    (
        ["train", "digits", "--use", "make.image.generator=audio/mel-canvas"],
        2,
        "audio/mel-canvas works on audio, not on image",
    ),
    (["train", "digits", "--use", "make.image.generator=video/cube"], 2, "no generator"),
    (["train", "digits", "--set", "make.image.generator.widht=3"], 2, "did you mean 'width'"),
    (
        [
            "train",
            "digits",
            "--use",
            "make.image.generator=image/r3",
            "--set",
            "make.image.generator.levels=9",
        ],
        2,
        "at most",
    ),
    (["train", "digits", "--set", "make.image.column=picture"], 2, "no column 'picture'"),
    (["train", "digits", "--use", "make.image.discriminator=image/r3@7"], 2, "version 1"),
    (
        ["train", "digits", "--use", "align=objectives/anchor", "--set", "align.anchor=txt"],
        2,
        "did you mean 'text'",
    ),
    (["train", "digits", "--set", "data=parquet:nowhere"], 1, "there is no nowhere"),
    (["train", "digits", "--set", "data=parquett:x"], 2, "did you mean 'parquet'"),
    (["evaluate", "nowhere"], 2, "there is no model 'nowhere'"),
    (["generate", "nowhere"], 2, "run:DIR"),
    (["generate", "run:nowhere"], 2, "there is no run in nowhere"),
    (["generate", "rum:x"], 2, "did you mean 'run'"),
    (["train", "digits", "--set", "train.samples=x"], 2, "error: --set train.samples: must be a"),
    (["train", "digits", "--set", "train..samples=3"], 2, "not of the form key=value"),
    (["train", "digits", "--use", "make.image=image/r3"], 2, "this key does not take a component"),
    (["train", "digits", "--use", "make.image.generator="], 2, "does not name a component"),
    (["train", "digits", "--set", "make.image.evaluator.target=lable"], 2, "did you mean 'label'"),
    (["train", "digits", "--set", "make.image.evaluator.encoder=image/cnov"], 2, "'image/conv'"),
    (
        ["train", "digits", "--set", "evaluate.metrics=[core/condition-acuracy]"],
        2,
        "'core/condition-accuracy'",
    ),
    (["train", "digits", "--set", "given.label.column=image"], 2, "'names' is missing"),
    (["train", "."], 2, "there is no recipe '.'"),
    (["train", "./"], 2, "is a folder, not a recipe file"),
    (["train", "x" * 300 + ".yaml"], 2, "there is no recipe file"),
    (["init", "none/mine.yaml"], 1, "none/mine.yaml: No such file or directory"),
    (["init", "mine"], 2, "name it mine.yaml"),
    (["init", "mine.yaml", "--data", "folder:"], 1, "the path is empty"),
    (["schema", "--out", "/proc/x/y.json"], 1, "/proc/x/y.json: No such file"),
    (["ls", "--modality", "vidoe"], 2, "there is no modality 'vidoe'"),
    (["ls", "recipes", "--modality", "image"], 2, "leave out --modality"),
    (["show", "image/r3", "--kind", "loss"], 2, "its kind: generator and discriminator"),
    (["--plugin-path", "nowhere", "ls"], 2, "does not exist"),
    (["show", "image/r4"], 2, "did you mean 'image/r3'"),
    (["ls", "generater"], 2, "did you mean 'generator'"),
    (["trian"], 2, "did you mean 'train'"),
    (["--no-plugin", "imagee", "ls"], 2, "did you mean 'image'"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), MISTAKES, ids=lambda v: str(v)[:40])
def test_mistakes(zoo, elsewhere: Path, arguments: list[str], code: int, says: str) -> None:
    said = zoo(*arguments)
    assert (said.code, says in said.err) == (code, True), said.err
    assert "Traceback" not in said.err
    assert list(elsewhere.iterdir()) == []


def test_a_missing_plugin_names_its_install_line(zoo, elsewhere: Path, monkeypatch) -> None:
    from mmgan_core.plugins import manager as home

    found = [one for one in home.announced() if one.name != "image"]
    monkeypatch.setattr(home, "announced", lambda: found)
    home.choose()
    said = zoo("train", "digits")
    assert said.code == 3
    assert "pip install mmgan-image" in said.err
    assert "pip install mmgan-image" in zoo("ls").out


def test_a_blocked_plugin_says_so(zoo) -> None:
    said = zoo("--no-plugin", "image", "validate", "digits")
    assert said.code == 3
    assert "'image' is blocked" in said.err


def test_a_penalty_that_a_discriminator_cannot_bear(zoo, monkeypatch) -> None:
    from dataclasses import replace

    from mmgan_core.plugins.catalogue import catalogue

    specs = catalogue()._specs["discriminator"]
    once = replace(specs["image/dcgan"], twice_differentiable=False)
    monkeypatch.setitem(specs, "image/dcgan", once)
    said = zoo("validate", "digits")
    assert said.code == 2
    assert "objectives/r1 differentiates twice, which image/dcgan cannot" in said.err
    cheap = [
        "--use",
        "make.image.penalties.0=objectives/finite-difference",
        "--use",
        "make.image.penalties.1=objectives/finite-difference",
    ]
    assert zoo("validate", "digits", *cheap).code == 0


def test_a_penalty_on_what_normalises_over_the_batch(zoo) -> None:
    use = ("--use", "make.image.discriminator=image/dcgan")
    said = zoo("plan", "digits", *use)
    assert said.code == 2
    assert "image/dcgan normalises over the batch, which mixes samples" in said.err
    assert (
        zoo("plan", "digits", *use, "--set", "make.image.discriminator.normalise=false").code == 0
    )


def test_one_bad_file_of_the_test_split_is_named_and_nothing_more(zoo, elsewhere: Path) -> None:
    for split, count in (("train", 12), ("test", 6)):
        folder = elsewhere / "photos" / split / "a"
        folder.mkdir(parents=True)
        for number in range(count):
            Image.new("L", (8, 8), 9 * number).save(folder / f"{number:02}.png")
    (elsewhere / "photos" / "test" / "a" / "03.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    zoo("init", "mine.yaml", "--data", "folder:photos", "--rate", "100")
    said = zoo(
        "train", "mine.yaml", "--cpu", "--set", "train.samples=16", "--set", "train.batch_size=8"
    )
    assert said.code == 0
    assert "sample sheets show training data" not in said.err
    assert "12 rows" in said.err
    log = (elsewhere / "runs" / "mine" / "run.log").read_text()
    assert log.count("skipped photos/test/a/03.png for image") == len(log.splitlines()) == 1
    assert "\n\n" not in said.err, "no empty lines where there is no terminal"


def test_too_many_bad_rows(zoo, elsewhere: Path) -> None:
    (elsewhere / "photos" / "a").mkdir(parents=True)
    for number in range(20):
        Image.new("L", (8, 8), number).save(elsewhere / "photos" / "a" / f"{number:02}.png")
    for number in (3, 7):
        (elsewhere / "photos" / "a" / f"{number:02}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    zoo("init", "mine.yaml", "--data", "folder:photos", "--rate", "100")
    small = ["--cpu", "--set", "train.samples=16", "--set", "train.batch_size=8"]
    assert yaml.safe_load((elsewhere / "mine.yaml").read_text())["bad_rows"] > 0.1
    said = zoo("train", "mine.yaml", *small, "--set", "bad_rows=0.01")
    assert said.code == 1
    assert "bad_rows allows 1.0%" in said.err
    assert "03.png" in said.err
    assert zoo("train", "mine.yaml", *small).code == 0
    log = (elsewhere / "runs" / "mine" / "run.log").read_text()
    assert "03.png" in log
    assert "07.png" in log


def test_empty_data(zoo, elsewhere: Path) -> None:
    (elsewhere / "photos").mkdir()
    said = zoo("init", "mine.yaml", "--data", "folder:photos", "--rate", "100")
    assert said.code == 1
    assert "holds no file of a known kind" in said.err


def test_a_declared_column_that_nothing_uses(zoo, elsewhere: Path, shared_data: Path) -> None:
    (elsewhere / "mine.yaml").write_text(f"""
data: {{use: "parquet:{shared_data}/handwritten-digits", columns: {{image: image, label: label}}}}
make: {{image: {{generator: core/dense, discriminator: core/dense, loss: objectives/hinge}}}}
""")
    said = zoo("validate", "mine.yaml")
    assert said.code == 2
    assert "declares 'label', which nothing uses" in said.err


def test_a_damaged_checkpoint(zoo, trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    (checkpoints(run)[-1] / "ema.safetensors").write_bytes(b"nonsense")
    said = zoo("generate", f"run:{run}", "--out", tmp_path / "out")
    assert said.code == 4
    assert "is damaged" in said.err
    assert not (tmp_path / "out").exists()


def test_a_run_of_other_components(zoo, trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained, run)
    text = (run / "resolved.yaml").read_text()
    (run / "resolved.yaml").write_text(text.replace("noise_dim: 64", "noise_dim: 65"))
    said = zoo("generate", f"run:{run}")
    assert said.code == 4
    assert "does not fit the recipe" in said.err


def test_what_is_given_wrong(zoo, trained: Path, elsewhere: Path) -> None:
    model = f"run:{trained}"
    assert "did you mean 'label'" in zoo("generate", model, "lable=three").err
    assert "NAME=VALUE" in zoo("generate", model, "three").err
    assert "no label 'eleven'" in zoo("generate", model, "label=eleven").err
    assert "gone.wav" in zoo("generate", model, "audio=gone.wav").err
    for name in ("count", "seed", "batch", "self"):
        assert f"cannot be given '{name}'" in zoo("generate", model, f"{name}=3").err
    assert "'warp' cannot be used" in zoo("generate", model, "--device", "warp").err
    (elsewhere / "taken").write_text("")
    said = zoo("generate", model, "--out", "taken")
    assert (said.code, said.err) == (1, "error: taken: File exists\n")
    (elsewhere / "taken").unlink()
    assert list(elsewhere.iterdir()) == []
