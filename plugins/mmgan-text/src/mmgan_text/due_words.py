"""Which given entry each word of a made text is due to: without it, the word is not said.

It is about the first of the samples.
"""

from __future__ import annotations

from mmgan_core.contracts import Explained, Explainer, Explanation
from mmgan_text.metrics.words import pieces


class DueWords(Explainer):
    """Leaves out each given entry as a whole, and looks which words of the text are gone."""

    def explain(self, explained: Explained) -> list[Explanation]:
        """Return the words of the first text, each with the entries that it is due to."""
        modality, given = explained.modalities[explained.made], explained.given
        words = tuple(pieces(str(modality.present(explained.samples[:1])[0])))
        if not words or not given:
            return []
        left = {
            entry: explained.make({n: v for n, v in given.items() if n != entry})[:1]
            for entry in given
        }
        said = {entry: set(pieces(str(modality.present(one)[0]))) for entry, one in left.items()}
        due = [[entry for entry in given if word not in said[entry]] for word in words]
        return [
            Explanation(
                title=f"words of the first {explained.made}",
                units=words,
                influence=tuple(len(entries) / len(given) for entries in due),
                measure="share of entries that it is due to",
                believe="It is exact for this text and this noise; of others it says nothing.",
                notes=tuple(", ".join(entries) or "nothing by itself" for entries in due),
            )
        ]
