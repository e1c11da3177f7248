"""Occlusion: how far samples go back when a part is hidden from the encoder.

The value itself stays whole (`core/parts` leaves out its parts): a part is hidden in the numbers
that the encoder reads (Zeiler & Fergus 2014, "Visualizing and understanding convolutional
networks", https://arxiv.org/abs/1311.2901). captum hides.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.explaining.attributed import Along, Attributed


class Occlusion(Attributed):
    """Hides one part of a given value after the other in what the encoder reads."""

    def attributed(self, along: Along, amounts: Tensor, rows: Tensor) -> Tensor:
        """By captum."""
        from captum.attr import Occlusion as Captum

        with torch.no_grad():
            found: Tensor = Captum(along).attribute(
                amounts, sliding_window_shapes=(1,), additional_forward_args=(rows,)
            )
        return found
