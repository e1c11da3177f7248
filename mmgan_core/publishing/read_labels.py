"""What the evaluator that travels with a model reads of its samples."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from mmgan_core.inference.asked import Labels
from mmgan_core.inference.model import Model
from mmgan_core.publishing.proof import committed_evaluators
from mmgan_core.zoo.addresses import Name, address_of
from mmgan_core.zoo.loading import opened


def labels_read(name: Name, model: Model, made: str = "") -> Labels | None:
    """What reads the labels of samples, if an evaluator travels with the model.

    Args:
        name: the model, named as for ``load``.
        model: what was loaded of it.
        made: the made entry; default: the first.
    """
    made = made or model.made[0]
    if address_of(name).kind == "run" or made not in model.made:
        return None
    evaluators = committed_evaluators(opened(name), made)
    if not evaluators:
        return None
    (evaluator,), modality = evaluators.values(), model.gan.modalities[made]

    def labels(samples: Tensor) -> Mapping[str, Tensor]:
        read = evaluator.read(modality.present(samples), [None] * len(samples)).predicted
        return {label: read == at for at, label in enumerate(evaluator.names)}

    return labels
