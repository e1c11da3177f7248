"""A frozen language model for other engines: its tokenizer as plain data, its network in graphs."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Fed, NotPortable, Reading

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_VOCABULARY = "wordpieces.json"


def wordpiece_reading(
    network: SentenceTransformer,
    read: Mapping[str, object],
    decode: Any,
    *,
    least: int,
    most: int,
    inside: nn.Module | None,
) -> Reading:
    """The ids of the tokens of a text, as WordPiece divides it (Devlin et al. 2018).

    Args:
        network: the model.
        read: how the text is read before, as settings.
        decode: reads a raw value as such a text.
        least: how many places there are at least; shorter texts are padded.
        most: how many there are at most; with ``least`` equal to it, their number is fixed.
        inside: what of ``prepare`` the graph does.

    Raises:
        NotPortable: if its tokenizer is of another kind.
    """
    spelt, files = _wordpieces(network)
    tokens: int | str = most if least == most else "tokens"

    def prepare(values: Sequence[object]) -> dict[str, Tensor]:
        texts = [decode(value) for value in values]
        found = network.tokenizer(texts, truncation=True, max_length=most)["input_ids"]
        ids = torch.zeros(len(texts), max(least, *map(len, found)), dtype=torch.int32)
        mask = torch.zeros_like(ids)
        for row, own in enumerate(found):
            ids[row, : len(own)] = torch.tensor(own, dtype=torch.int32)
            mask[row, : len(own)] = 1
        return {"ids": ids, "mask": mask}

    count = len(json.loads(files[_VOCABULARY]))
    fed = {
        "ids": Fed("int32", (tokens,), count, least),
        "mask": Fed("int32", (tokens,), 2, least),
    }
    settings = {**read, **spelt, "least": least, "most": most}
    return Reading("wordpieces", settings, fed, prepare, inside or dict, files)


class FrozenText(nn.Module):
    """What `prepare` of `text/sentence-transformer` makes of ids: features, and tokens."""

    def __init__(self, network: SentenceTransformer, tokens: int) -> None:
        super().__init__()
        # Not the shared one: a graph is made on the CPU, in single precision, by plain attention.
        self.network = copy.deepcopy(network).cpu().float()
        self.tokens = tokens
        for module in self.network.modules():
            if hasattr(module, "config") and hasattr(module.config, "_attn_implementation"):
                module.config._attn_implementation = "eager"

    def forward(self, fed: Mapping[str, Tensor]) -> dict[str, Tensor]:
        ids, mask = fed["ids"].long(), fed["mask"].long()
        found = self.network({"input_ids": ids, "attention_mask": mask})
        # Not slices: of texts of exactly so many tokens a slice is everything, which a tracer of
        # longer ones takes for another program.
        first = torch.arange(self.tokens, device=mask.device)
        real = mask.index_select(1, first)
        tokens = found["token_embeddings"].index_select(1, first)
        return {
            "features": found["sentence_embedding"].half(),
            "tokens": (tokens * real[..., None]).half(),
            "mask": real > 0,
        }


def _wordpieces(network: SentenceTransformer) -> tuple[dict[str, object], dict[str, bytes]]:
    tokenizer = json.loads(network.tokenizer.backend_tokenizer.to_str())
    model, normalizer = tokenizer["model"], tokenizer["normalizer"] or {}
    kinds = (model["type"], normalizer.get("type"), (tokenizer["pre_tokenizer"] or {}).get("type"))
    if kinds != ("WordPiece", "BertNormalizer", "BertPreTokenizer"):
        raise NotPortable(f"its tokenizer is {kinds[0]}, and other engines know BERT's WordPiece")
    names = sorted(model["vocab"], key=model["vocab"].__getitem__)
    if [model["vocab"][name] for name in names] != list(range(len(names))):
        raise NotPortable("the ids of its tokenizer have gaps")
    accents = normalizer["strip_accents"]
    settings = {
        "vocabulary": _VOCABULARY,
        "uncased": normalizer["lowercase"],
        "without_accents": normalizer["lowercase"] if accents is None else accents,
        "continued": model["continuing_subword_prefix"],
        "longest_word": model["max_input_chars_per_word"],
        "unknown": model["vocab"][model["unk_token"]],
        "first": network.tokenizer.cls_token_id,
        "last": network.tokenizer.sep_token_id,
        "padding": network.tokenizer.pad_token_id,
    }
    return settings, {_VOCABULARY: json.dumps(names, ensure_ascii=False).encode()}
