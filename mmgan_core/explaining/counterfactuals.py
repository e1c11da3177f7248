"""Counterfactuals: the nearest sample to a made one that another label of a given entry makes.

For each label, the noise is searched for the sample nearest to the first one (`Model.invert`). What
differs is then what the model changes for the label's sake: Goyal et al. 2019, "Counterfactual
visual explanations", https://arxiv.org/abs/1904.07451, with a generator in place of patches.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field

from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_core.options import Options as BaseOptions


class CounterfactualsOptions(BaseOptions):
    """Options of `core/counterfactuals`."""

    most: int = Field(12, ge=2, description="of entries with more labels, the first ones are tried")


class Counterfactuals(Explainer):
    """Searches the nearest sample of each label of a given entry that has labels."""

    Options = CounterfactualsOptions
    options: CounterfactualsOptions
    slow: ClassVar[bool] = True
    needs: ClassVar[str] = "give a label, such as label=three, to a model that has noise"

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return how far the nearest sample of each label is, and that sample."""
        found = []
        for entry, value in explained.given.items():
            labels = explained.modalities[entry].labels
            if explained.nearest is not None and value in labels:
                others = [one for one in labels if one != value][: self.options.most - 1]
                if others:
                    found.append(self._of(explained, entry, (str(value), *others)))
        return found

    def _of(self, explained: Explained, entry: str, labels: tuple[str, ...]) -> Explanation:
        assert explained.nearest is not None
        first = explained.samples[0]
        made = torch.stack(
            [explained.nearest(first, {**explained.given, entry: one}) for one in labels]
        )
        modality = explained.modalities[explained.made]
        apart = modality.apart(first.expand_as(made), made).tolist()
        own, (least, label) = apart[0], min(zip(apart[1:], labels[1:], strict=True))
        said = f"of {labels[0]} itself the search comes within {own:.3f} of the sample"
        if own < least:
            believe = f"The nearest other one is {label}, {least:.3f} away; {said}. Nearer ones "
            believe += "may exist: it is a search."
        else:
            believe = f"Do not rely on it: {said}, and of {label} no farther, {least:.3f}."
        return Explanation(
            title=f"nearest {explained.made} of each {entry}",
            units=labels,
            influence=tuple(apart),
            measure="distance from the first sample",
            believe=believe,
            samples=made,
        )
