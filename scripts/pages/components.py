"""The pages of components: a card for each, with its options and its measured costs.

The text of a card is the docstring of the component's file. The costs of networks were measured by
`python benchmarks/networks.py --threads 1 --batch 8 --out benchmarks/networks.json`.
"""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

COSTS = Path(__file__).resolve().parent.parent.parent / "benchmarks" / "networks.json"
FIRST_PARTY = ("core", "objectives", "image", "audio", "text")
KINDS = {
    "generator": "Generators",
    "discriminator": "Discriminators",
    "joint_discriminator": "Joint discriminators",
    "loss": "Losses",
    "penalty": "Penalties",
    "auxiliary_loss": "Auxiliary losses",
    "augmentation": "Augmentations",
    "modality": "Modalities",
    "encoder": "Encoders",
    "fusion": "Fusions",
    "alignment": "Alignments",
    "optimizer": "Optimisers",
    "data_source": "Data sources",
    "metric": "Metrics",
    "explainer": "Explainers",
}
HEAD = """# Components

Every component that comes with mmgan-zoo, by kind. `mmgan-zoo ls` lists what is installed, also
from other plugins, and `mmgan-zoo show ID` prints the options of one component.
"""
MEASURED = """
The cost is that of a forward and a backward pass for a batch of {batch} pictures with three
channels, with the default options (`image/projected` on a resnet18) and {threads} CPU thread.
Memory is counted beyond the libraries. The machine trained another model at the same time:

```sh
python benchmarks/networks.py --threads {threads} --batch {batch} --out benchmarks/networks.json
```
"""
COST_HEAD = "| pixels | parameters | samples a second | peak memory |\n| --- | --- | --- | --- |"


def overview() -> str:
    """Return a table for each kind of component, with ids and summaries."""
    parts = [HEAD]
    for kind, title in KINDS.items():
        parts.append(f"\n## [{title}]({kind}.md)\n\n| id | what it is |\n| --- | --- |")
        parts += [f"| [`{s.id}`]({kind}.md#{_anchor(s)}) | {s.summary} |" for s in _ours(kind)]
    return "\n".join(parts) + "\n"


def page(kind: str) -> str:
    """Return the cards of the components of one kind."""
    from mmgan_core.plugins.catalogue import catalogue

    costs = json.loads(COSTS.read_text(encoding="utf-8"))
    measured = {row["id"] for row in costs["rows"] if row["kind"] == kind}
    parts = [f"# {KINDS[kind]}\n", MEASURED.format(**costs) if measured else ""]
    for spec in _ours(kind):
        cls = catalogue().load(kind, spec.id)  # type: ignore[arg-type]
        rows = [r for r in costs["rows"] if (r["kind"], r["id"]) == (kind, spec.id)]
        parts += [_card(spec, cls), _options(cls), _costs(rows)]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def _ours(kind: str) -> list[Any]:
    from mmgan_core.plugins.catalogue import catalogue

    return [spec for spec in catalogue().of(kind) if spec.plugin in FIRST_PARTY]  # type: ignore[arg-type]


def _anchor(spec: Any) -> str:
    return spec.id.replace("/", "-")


def _card(spec: Any, cls: Any) -> str:
    said = inspect.cleandoc(import_module(cls.__module__).__doc__ or "")
    facts = [
        f"on {', '.join(spec.modalities)}" if spec.modalities else "on anything",
        *(["fills in what is missing"] if spec.repairs else []),
        *(["mixes the rows of a batch"] if spec.keeps_batch_state else []),
        *([] if spec.twice_differentiable else ["no exact penalties"]),
        *([_paper(spec.paper)] if spec.paper else []),
    ]
    title = f"## `{spec.id}` {{ #{_anchor(spec)} }}"
    return f"{title}\n\n{spec.summary} ({'; '.join(facts)}).\n\n{said}\n"


def _paper(said: str) -> str:
    return f"[paper]({said})" if said.startswith("https://") else said


def _options(cls: Any) -> str:
    fields = cls.Options.model_fields
    if not fields:
        return ""
    lines = ["| option | default | |", "| --- | --- | --- |"]
    for name, field in fields.items():
        default = _default(field)
        said = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {default} | {said} |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory_takes_validated_data:
        return "follows other options"
    found = to_jsonable_python(field.get_default(call_default_factory=True))
    return f"`{json.dumps(found)}`"


def _costs(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    lines = [
        f"| {row['size']} | {row['parameters']:,} | {row['rate']:,.0f} "
        f"| {row['megabytes']:.0f} MB |"
        for row in rows
    ]
    return "\n".join([COST_HEAD, *lines]) + "\n"
