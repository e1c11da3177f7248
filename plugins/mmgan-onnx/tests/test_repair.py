"""Pictures are repaired as the toolkit repairs them, and both say of a mistake the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgan_core import load
from mmgan_core.errors import UsageError
from mmgan_core.inference.model import Model
from mmgan_core.portable.written import write
from mmgan_onnx import OnnxError, OnnxModel, load_onnx

LEVELS = np.zeros((28, 28), np.uint8)
LEVELS[4:24, 12:16] = 230
PICTURE = Image.fromarray(LEVELS)
HOLE = np.zeros((28, 28), np.uint8)
HOLE[8:20, 8:20] = 255
MASK = Image.fromarray(HOLE)


@pytest.fixture(scope="module")
def toolkit() -> Model:
    return load("digits-repair")


@pytest.fixture(scope="module")
def model(toolkit: Model, tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    out: Path = tmp_path_factory.mktemp("onnx") / "digits-repair"
    write(toolkit, out, "onnx")
    return load_onnx(out)


@pytest.mark.parametrize(
    "asked",
    [
        {"count": 3, "seed": 5},
        {"count": 2, "label": "one"},
        {"seed": [4, 9], "label": ["one", "seven"], "truncation": 0.5},
    ],
)
def test_it_repairs_as_the_toolkit_does(
    model: OnnxModel, toolkit: Model, asked: dict[str, object]
) -> None:
    found = model.repair(image=PICTURE, mask=MASK, **asked).image  # type: ignore[arg-type]
    wanted = toolkit.repair(image=PICTURE, mask=MASK, **asked).image  # type: ignore[arg-type]
    rows = [np.asarray(one, int) for one in found]
    for one, other in zip(rows, wanted, strict=True):
        assert np.abs(one - np.asarray(other, int)).max() <= 2
        assert (one[HOLE == 0] == LEVELS[HOLE == 0]).all(), "what is known stays"
    assert np.abs(rows[0] - rows[1]).max() > 20, "two answers differ"


def test_pictures_and_masks_of_other_sizes_and_files(
    model: OnnxModel, toolkit: Model, tmp_path: Path
) -> None:
    torn, hole = tmp_path / "torn.png", tmp_path / "hole.png"
    PICTURE.resize((80, 60)).convert("RGB").save(torn)
    MASK.resize((80, 60)).save(hole)
    (found,) = model.repair(image=torn, mask=hole, seed=1).image
    (wanted,) = toolkit.repair(image=torn, mask=hole, seed=1).image
    assert np.abs(np.asarray(found, int) - np.asarray(wanted, int)).max() <= 2


MISTAKES: tuple[tuple[str, dict[str, object]], ...] = (
    ("generate", {"labl": "one"}),
    ("generate", {"label": "thre"}),
    ("generate", {"label": []}),
    ("generate", {"label": ["one", "two"], "count": 1}),
    ("generate", {"count": 0}),
    ("generate", {"seed": [1, 2], "count": 3}),
    ("generate", {"truncation": 3}),
    ("repair", {"mask": MASK}),
    ("repair", {"image": PICTURE, "mask": MASK, "labl": "one"}),
    ("repair", {"image": PICTURE, "mask": MASK.resize((20, 20))}),
    ("repair", {"image": PICTURE, "mask": Image.new("L", (28, 28))}),
    ("repair", {"image": [PICTURE, PICTURE], "mask": [MASK, MASK, MASK]}),
)


@pytest.mark.parametrize(("verb", "asked"), MISTAKES)
def test_a_mistake_is_called_the_same(
    model: OnnxModel, toolkit: Model, verb: str, asked: dict[str, object]
) -> None:
    """Neither package imports the other, so that each has its own copy of these sentences."""
    with pytest.raises(UsageError) as wanted:
        getattr(toolkit, verb)(**asked)
    with pytest.raises(OnnxError) as found:
        getattr(model, verb)(**asked)

    def words(text: str) -> list[str]:
        return text.replace(":", " ").split()

    assert words(str(found.value)) == words(str(wanted.value))
