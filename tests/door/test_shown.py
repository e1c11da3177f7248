"""What notebooks show: pictures, players, tables and bars, and nothing that a text could inject."""

from __future__ import annotations

import io
import re
import wave
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import mmgan_core as mmgan
from mmgan_core import Samples
from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.foundation.notebook import NotebookBar
from mmgan_core.inference.shown import MOST, grid, html_of_values, html_table


def vectors(count: int) -> Samples:
    modality = Vector(VectorOptions(low=(0.0,), high=(1.0,)))
    values: list[object] = [(number / count,) for number in range(count)]
    return Samples({"size": values}, {"size": torch.zeros(count, 1)}, {"size": modality})


def picture_in(html: str) -> Image.Image:
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return Image.open(io.BytesIO(b64decode(data)))


def test_samples_show_a_grid_of_pictures_as_html_and_as_png() -> None:
    samples = vectors(3)
    png = samples._repr_png_()
    assert png is not None
    assert picture_in(samples._repr_html_()).size == Image.open(io.BytesIO(png)).size
    assert samples.sheet().size == Image.open(io.BytesIO(png)).size
    assert repr(samples) == "<Samples size: 3>"


def test_many_samples_are_cut_and_counted() -> None:
    shown = vectors(MOST + 5)._repr_html_()
    assert "and 5 more" in shown
    assert picture_in(shown).size == picture_in(vectors(MOST)._repr_html_()).size


def test_texts_are_a_list_and_cannot_bring_markup() -> None:
    modality = Label(LabelOptions(names=("<script>", "b")))
    shown = html_of_values("<b>", ["<script>", "b"], modality.render)
    assert "<script>" not in shown
    assert shown.count("<li>") == 2
    assert "&lt;b&gt;" in shown
    assert "<script>" not in html_table([("<script>", "<script>")])


def test_a_grid_has_as_many_columns_as_asked() -> None:
    tiles = [Image.new("RGB", (10, 10)) for _ in range(5)]
    wide, narrow = grid(tiles), grid(tiles, columns=2)
    assert wide.width > narrow.width
    assert narrow.height > wide.height


def test_sounds_show_players_with_the_same_sound() -> None:
    waveform = pytest.importorskip("mmgan_audio.waveform")
    sound = waveform.Waveform(np.array([0.0, 0.5, -2.0, 1.0], np.float32), 8_000)
    shown = sound._repr_html_()
    (data,) = re.findall(r'<audio controls src="data:audio/wav;base64,([^"]+)"', shown)
    with wave.open(io.BytesIO(b64decode(data))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        found = np.frombuffer(file.readframes(4), "<i2")
    assert found.tolist() == [0, 16384, -32767, 32767]
    assert html_of_values("audio", [sound, sound], lambda value: None).count("<audio") == 2  # type: ignore[arg-type, return-value]
    assert repr(sound) == "<Waveform 0.00 s at 8000 Hz>"


def test_a_model_shows_what_it_takes_and_makes() -> None:
    shown = mmgan.load("digits-28")._repr_html_()
    assert "digits-28" in shown
    assert "image" in shown
    assert "seven" in shown


def test_a_bar_shows_how_far_it_is_with_words_that_cannot_bring_markup() -> None:
    bar = NotebookBar("<x>", 1_000)
    bar._drawn = float("inf")  # nothing is drawn: here is no notebook
    bar.update(250, "D 1.0 <b>")
    html = bar.html()
    assert "value='250' max='1000'" in html
    assert "250/1,000 D 1.0 &lt;b&gt;" in html
    assert "&lt;x&gt;" in html
    bar.update(2_000)
    assert "value='1000'" in bar.html()


def test_a_sheet_of_a_run_is_as_before(tmp_path: Path) -> None:
    assert vectors(9).sheet(4).height > vectors(3).sheet(4).height
