"""A network that is exported makes the texts that it makes itself, with one copy of its layers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace, Settings
from mmgan_text.transformer_generator import (
    TransformerGenerator,
    TransformerGeneratorOptions,
)

PLACES, SIZE, TOKENS = 6, 9, 3
PIECES = Settings.of("pieces", vocabulary="a", pieces=SIZE)
SPACE = SampleSpace("text", (PLACES, SIZE), 0.0, 1.0, settings=PIECES)
SMALL = {"width": 8, "layers": 2, "heads": 2}


class Makes(nn.Module):
    """The ids of the texts of noise, and of a pooled condition with tokens."""

    def __init__(self, options: dict[str, object]) -> None:
        super().__init__()
        torch.manual_seed(0)
        space = ConditionSpace(4, token_dim=5, choice_settings=PIECES)
        read = TransformerGeneratorOptions.model_validate(SMALL | options)
        self.generator = TransformerGenerator(read, SPACE, space)

    def forward(self, noise: Tensor, pooled: Tensor, tokens: Tensor) -> Tensor:
        real = torch.ones(tokens.shape[:2], dtype=torch.bool)
        stood_for = torch.tensor([3, 4, 5]).expand(tokens.shape[0], TOKENS)
        condition = Condition(pooled, tokens, real, choices=stood_for)
        ids: Tensor = self.generator(noise, condition).argmax(2)
        return ids


@pytest.mark.parametrize(
    "options",
    [
        {"sampling_temperature": 0.7},
        {"attend": True, "copying": True, "coverage": True, "top_p": 0.9},
        {"beams": 1},
    ],
)
def test_an_exported_network_makes_the_same_texts(options: dict[str, object]) -> None:
    makes = Makes(options).eval().requires_grad_(False)
    torch.manual_seed(1)

    def fed(count: int) -> tuple[Tensor, Tensor, Tensor]:
        pooled, tokens = torch.randn(count, 4), torch.randn(count, TOKENS, 5)
        return torch.randn(count, PLACES), pooled, tokens

    program = export(makes, fed(3), dynamic_shapes=({0: Dim.DYNAMIC},) * 3, strict=False)
    asked = fed(40)
    found = program.module()(*asked)
    assert torch.equal(found, makes(*asked))
    assert len(found.unique()) > SIZE // 2, "texts differ"
    calls = [node for node in program.graph.nodes if node.op == "call_function"]
    assert sum(str(node.target) == "scan" for node in calls) == 1


@pytest.mark.parametrize("options", [{"beams": 2}, {"beams": 1, "runs_once": 2}])
def test_several_beams_are_refused(options: dict[str, object]) -> None:
    makes = Makes(options).eval().requires_grad_(False)
    with pytest.raises(Exception, match="beams: 1 and runs_once: 0"):
        export(
            makes,
            (torch.randn(3, PLACES), torch.randn(3, 4), torch.randn(3, TOKENS, 5)),
            strict=False,
        )
