"""What a README says of its repository."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from .wire import Refused


def front_matter(text: str) -> dict[str, Any]:
    """The YAML at the top of a README."""
    head, fence, rest = text.replace("\r\n", "\n").lstrip().partition("---\n")
    if head or not fence:
        return {}
    block = f"\n{rest}".partition("\n---")[0]
    try:
        said = yaml.safe_load(block)
    except yaml.YAMLError as error:
        raise Refused(400, f"the metadata are not YAML: {error}".replace("\n", " ")) from None
    if said is not None and not isinstance(said, dict):
        raise Refused(400, "the metadata are not a mapping")
    return {key: str(v) if isinstance(v, date) else v for key, v in (said or {}).items()}


def tags(card: dict[str, Any]) -> list[str]:
    """What a repository can be found by."""
    found = [str(tag) for tag in _listed(card.get("tags"))]
    found += [str(card[key]) for key in ("library_name", "pipeline_tag") if key in card]
    found += [f"license:{name}" for name in _listed(card.get("license"))]
    found += [f"dataset:{name}" for name in _listed(card.get("datasets"))]
    return list(dict.fromkeys(found))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
