"""Which processors compute in bf16."""

from pathlib import Path

import pytest
import torch

from mmgan_core.foundation import half_precision
from mmgan_core.foundation.half_precision import computes_bf16

EITHER = (
    "processor\t: 0\nflags\t\t: fpu avx2 {one}\n\nprocessor\t: 1\nflags\t\t: fpu avx2 {other}\n"
)


@pytest.mark.parametrize(
    ("content", "can"),
    [
        (EITHER.format(one="avx512_bf16", other="avx512_bf16"), True),
        (EITHER.format(one="amx_bf16 avx512f", other="amx_bf16"), True),
        (EITHER.format(one="avx512_bf16", other=""), False),
        (EITHER.format(one="avx512f", other="avx512f"), False),
        ("processor : 0\nFeatures : fp asimd bf16\n", True),
        ("model name : avx512_bf16\n", False),
        (None, False),
    ],
)
def test_what_the_processor_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, can: bool
) -> None:
    file = tmp_path / "cpuinfo"
    if content is not None:
        file.write_text(content)
    monkeypatch.setattr(half_precision, "_CPU_INFO", file)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    assert computes_bf16() == can


@pytest.mark.parametrize(("capability", "can"), [((9, 0), True), ((8, 0), True), ((7, 5), False)])
def test_what_the_card_can(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], can: bool
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    assert computes_bf16() == can
