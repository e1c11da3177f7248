"""Samples that a report shows one by one, made by real runs."""

from __future__ import annotations

import base64
import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import ClassVar

import pytest
import soundfile

from mmgan_core.recipe.reading import read_recipe
from mmgan_core.reports import examples as module
from mmgan_core.reports.embedded import LARGEST, shown
from mmgan_core.reports.examples import COLUMNS, examples
from mmgan_core.reports.few_rows import FewRows
from mmgan_core.reports.report import report_html
from mmgan_core.training.run import train

from .conftest import change_recipe
from .whole_page import read


@pytest.fixture
def run(sound_run: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return Path(shutil.copytree(sound_run, tmp_path / "run"))


def test_samples_stand_beside_what_was_given_and_the_real_ones(sound_run: Path) -> None:
    found = examples(sound_run, {}, 2)
    assert not found.notes
    assert len(found.each) == COLUMNS
    assert len({one.given["label"].words for one in found.each}) == COLUMNS
    for one in found.each:
        assert {name: len(some) for name, some in one.made.items()} == {"audio": 2, "image": 2}
        assert set(one.real) == {"audio", "image"}
        assert one.made["image"][0].data.startswith("data:image/png;base64,")


def test_sounds_play(sound_run: Path) -> None:
    sound = examples(sound_run, {}, 1).each[0].made["audio"][0]
    wave, rate = soundfile.read(BytesIO(base64.b64decode(sound.data.partition(",")[2])))
    assert (sound.kind, rate) == ("audio", 8_000)
    assert len(wave) / rate == pytest.approx(0.32, abs=0.02)
    assert sound.picture.startswith("data:image/png")


def test_the_page_holds_them_all(sound_run: Path) -> None:
    html = report_html(sound_run, samples=2)
    tags = read(html).tags
    assert tags["audio"] == COLUMNS * 3
    assert "A GAN that makes audio and image from label." in html
    assert re.search(r"It learned from 1,415 rows of core/digits\.", html)
    assert "Training has seen 64 samples, each row 0.0452 times, in" in html
    assert "on cpu" in html
    assert "with seed 0" in html
    assert "image: losses" in html
    assert "audio: diversity" in html
    assert "learning rate" in html
    assert "mmgan-zoo generate run:" in html
    assert "label=zero --count 8" in html
    assert "train.samples=128" in html


def test_none_are_made_if_none_are_wanted(sound_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(module, "load_run")
    assert read(report_html(sound_run)).tags["audio"] == 0


def test_where_the_data_are_gone_the_names_of_labels_are_given(run: Path) -> None:
    change_recipe(run, data={"use": "folder:gone"})
    found = examples(run, {}, 1)
    assert "no real samples are shown" in found.notes[0]
    assert [one.given["label"].words for one in found.each] == [
        *("zero", "one", "two", "three", "four", "five")
    ]
    assert all(not one.real and len(one.made["audio"]) == 1 for one in found.each)
    html = report_html(run, samples=1)
    read(html)
    assert "Some samples" in html


def test_a_run_whose_checkpoint_is_damaged_has_a_page_that_says_so(run: Path) -> None:
    for file in run.glob("checkpoints/*/ema.safetensors"):
        file.write_bytes(b"damaged")
    html = report_html(run, samples=1)
    read(html)
    assert "No samples were made for this page" in html
    assert "is damaged" in html


def test_slow_models_make_only_some(sound_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", -1.0)
    found = examples(sound_run, {}, 1)
    assert len(found.each) == 1
    assert found.notes == [
        "Only some samples were made for this page, because making them is slow."
    ]


def test_texts_are_read_and_pictures_are_given(tmp_path: Path) -> None:
    changes = {"train.samples": 32, "train.log_every": 32}
    train(read_recipe("tiny-dense", changes), tmp_path / "run", cpu=True)
    found = examples(tmp_path / "run", {}, 1).each[0]
    assert found.given["image"].data.startswith("data:image/png")
    assert found.made["label"][0].words in {
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    }


def test_a_text_is_escaped_and_a_huge_file_is_left_out(
    sound_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmgan_core.zoo.loading import load

    audio = load(sound_run).blueprint.modalities["audio"]
    wave = load(sound_run).generate(label="one").audio[0]
    assert shown(audio, wave).data
    monkeypatch.setattr("mmgan_core.reports.embedded.LARGEST", 100)
    assert LARGEST > 100
    assert not shown(audio, wave).data
    assert shown(audio, wave).picture


def test_a_few_rows_are_spread_over_all() -> None:
    class Numbers:
        columns: ClassVar[dict[str, object]] = {}
        digest = "d"

        def __len__(self) -> int:
            return 2_400

        def values(self, column: str, rows: list[int]) -> list[int]:
            return [10 * row for row in rows]

        def where(self, row: int) -> str:
            return f"row {row}"

    few = FewRows(Numbers())
    assert len(few) == 240
    assert few.values("c", [0, 1, 239]) == [0, 100, 23_900]
    assert few.where(2) == "row 20"
    assert few.digest != "d"
