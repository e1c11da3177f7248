"""What a modality suggests for odd data, it accepts itself, and its `prepare` works with it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from mmgan_core.component import options_of
from mmgan_core.contracts import Column, Modality
from mmgan_core.errors import BadValue
from mmgan_core.plugins.catalogue import catalogue

pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
BROKEN = st.sampled_from([None, b"", b"\0", "", 7.5, object(), float("nan"), [], {}, b"RIFF"])


def tiff(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF")
    return file.getvalue()


@st.composite
def pictures(draw: st.DrawFn) -> object:
    high, wide = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    kind = draw(st.sampled_from(["u1", "rgb", "rgba", "u2", "i4", "f4"]))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    if kind in ("u1", "rgb", "rgba"):
        channels = {"u1": (), "rgb": (3,), "rgba": (4,)}[kind]
        return Image.fromarray(random.integers(0, 256, (high, wide, *channels), dtype=np.uint8))
    least, most = draw(st.sampled_from([(0, 1), (0, 255), (0, 4095), (-2000, 2000), (5, 5)]))
    values = np.clip(random.uniform(least, most, (high, wide)), 0 if kind == "u2" else None, None)
    if kind == "f4" and draw(st.booleans()):
        values[0, 0] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    return tiff(values.astype({"u2": np.uint16, "i4": np.int32, "f4": np.float32}[kind]))


@st.composite
def sounds(draw: st.DrawFn) -> object:
    rate = draw(st.sampled_from([50, 100, 1_000, 4_000, 8_000, 16_000, 44_100, 96_000, 500_000]))
    seconds = draw(st.sampled_from([0.0005, 0.01, 0.3, 1.0, 2.5, 29.99]))
    if rate > 50_000:
        seconds = min(seconds, 0.3)
    samples = np.random.default_rng(0).standard_normal(int(rate * seconds)).astype(np.float32)
    return samples * draw(st.sampled_from([0.0, 1e-9, 0.3, 5.0])), rate


TEXTS = st.text(max_size=30)
NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32, allow_subnormal=False)
VALUES: dict[str, st.SearchStrategy[object]] = {
    "image": pictures(),
    "audio": sounds(),
    "text": st.one_of(TEXTS, st.binary(max_size=20), st.integers()),
    "label": st.one_of(TEXTS, st.lists(TEXTS, max_size=3), st.integers(-3, 3)),
    "vector": st.one_of(NUMBERS, st.lists(NUMBERS, min_size=1, max_size=3), st.just("1, 2")),
}
MODALITIES = [
    pytest.param(spec.id, spec.modalities[0], id=spec.id)
    for spec in catalogue().of("modality")
    if spec.modalities and spec.modalities[0] in VALUES
]


def prepared(modality: Modality, value: object) -> tuple[int, ...] | None:
    try:
        return tuple(modality.prepare([value]).shape[1:])
    except BadValue:
        return None


@pytest.mark.parametrize(("use", "kind"), MODALITIES)
@FEW
@given(data=st.data())
def test_every_suggestion_passes_its_own_prepare(use: str, kind: str, data: st.DataObject) -> None:
    cls = catalogue().load("modality", use)
    some = st.lists(st.one_of(VALUES[kind], BROKEN), min_size=1, max_size=6)
    values = data.draw(some, label="values")
    suggested = cls.suggest(Column("it", kind), values)
    if not suggested:
        return
    options = options_of(cls, suggested, where="it")
    modality: Modality = cls(options)
    modality.fit(values)
    shapes = {shape for value in values if (shape := prepared(modality, value)) is not None}
    assert len(shapes) <= 1, "all values have one shape"
    if kind in ("image", "audio", "text"):  # labels and numbers may be of unlike lengths
        assert shapes, "and one of those that it was suggested for can be read"
