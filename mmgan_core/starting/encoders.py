"""The encoder of a given column: a pretrained one where one works here, else one that learns."""

from __future__ import annotations

from importlib.util import find_spec

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.contracts import Modality
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.spec import Suggestion
from mmgan_core.starting.columns import DECODED, Seen, spread
from mmgan_core.starting.suggested import modality_of, spelt, suggested_for


def encoder_for(seen: Seen) -> tuple[Suggestion, str]:
    """Return the encoder of a column's values, and why it is this one; "" if nothing was chosen."""
    starter = suggested_for(seen.column)
    if not starter.frozen:
        return _fitted(starter.encoder, seen)
    frozen = spelt(starter.frozen)
    fault = _fault(frozen, seen)
    if not fault:
        return _fitted(frozen, seen, "pretrained, so that it reads what no row holds")
    learns = "it learns from the rows alone, because " + fault
    return _fitted(starter.encoder, seen, learns)


def _fitted(suggestion: Suggestion, seen: Seen, why: str = "") -> tuple[Suggestion, str]:
    """Return a suggested encoder with options that suit the values."""
    named = spelt(suggestion)
    cls = catalogue().load("encoder", str(named["use"]), where="init")
    held = [value for value in seen.values if value is not None]
    options, said = cls.start(seen.column, [held[row] for row in spread(len(held), DECODED)])
    options = {key: value for key, value in options.items() if key not in named}
    reasons = "; ".join(filter(None, (why, said)))
    return ({**named, **options} if options else suggestion), reasons


def _fault(frozen: dict[str, object], seen: Seen) -> str:
    """Return why a pretrained encoder does not work here, or ""."""
    options = {key: value for key, value in frozen.items() if key != "use"}
    part = chosen_part("encoder", str(frozen["use"]), options, "init")
    for package in part.cls.packages(part.options):
        if not find_spec(package.replace("-", "_")):
            return f"a pretrained one needs: pip install {package}"
    value = next(value for value in seen.values if value is not None)
    try:
        part.build(modality_for(seen)).prepare([value])
    # Whatever it is that a plugin's libraries raise, another encoder will do.
    except Exception as error:
        return f"{frozen['use']} does not work here: {type(error).__name__}: {error}"
    return ""


def modality_for(seen: Seen) -> Modality:
    """Build the modality of a given column, with the options that suit its values."""
    spec = modality_of(seen.column)
    assert spec is not None
    cls = catalogue().load("modality", spec.id, where="init")
    held = [value for value in seen.values if value is not None]
    suggested = cls.suggest(seen.column, [held[row] for row in spread(len(held), DECODED)])
    built: Modality = chosen_part(
        "modality", spec.id, {**suggested, **seen.options}, "init"
    ).build()
    return built
