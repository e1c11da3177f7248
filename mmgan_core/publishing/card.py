"""The card of a model: its description in Markdown, with the front matter that the Hub reads.

The text is in ``card.md.jinja``, which this file fills in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.explaining.deletion import believed
from mmgan_core.explaining.direction_file import Found
from mmgan_core.explaining.label_directions import LabelDirection
from mmgan_core.foundation.plain import Plain
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.markdown import cell as in_cell
from mmgan_core.publishing.markdown import code, prose
from mmgan_core.publishing.usage import usage
from mmgan_core.runs.measurements import COLUMNS, measured_table, of_the_model
from mmgan_core.zoo.manifest import (
    DISCRIMINATOR,
    KEPT,
    PARTS,
    Faithful,
    Manifest,
    is_distribution_name,
)
from mmgan_core.zoo.plain_markdown import what_is_not_plain

_TEMPLATE = "card.md.jinja"
_SHEET = "sheet.png"
_ANY = "any-to-any"  # the Hub's task of models that make several kinds of data


def card(
    manifest: Manifest,
    blueprint: Blueprint,
    samples: Sequence[str],
    address: str,
    directions: Sequence[Found] = (),
) -> str:
    """Return the text of a model's README.md: Markdown without active content.

    Args:
        manifest: the manifest of the model.
        blueprint: the parts of the model.
        samples: the names of the files below ``samples/``.
        address: the address that people load the model by.
        directions: those that were kept with the model.
    """
    import jinja2
    from huggingface_hub import ModelCard

    shop = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # Markdown is not HTML: each place says how its text is escaped
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shop.filters |= {"prose": prose, "code": code, "cell": in_cell, "chosen": _chosen}
    shop.filters["believed"] = _believed
    shop.tests["shuffled"] = lambda given: "shuffled" in str(given)
    shop.tests["reading"] = lambda name: str(name).startswith("read by ")
    template = files("mmgan_core.publishing").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    picture, links = _shown(blueprint, samples)
    text = shop.from_string(template).render(
        front_matter=_front_matter(manifest, blueprint),
        manifest=manifest,
        packages=_packages(manifest, blueprint),
        columns=COLUMNS,
        numbers=measured_table(manifest.metrics),
        given=_given(manifest, blueprint),
        made=", ".join(code(entry) for entry in manifest.made),
        data_source=blueprint.recipe.about.data_source,
        picture=picture,
        links=links,
        usage=usage(manifest, blueprint, address),
        shape=tuple,
        flags=_flags(manifest),
        parts=_parts(manifest),
        discriminator=DISCRIMINATOR in manifest.files,
        directions=[_scores(one) for one in directions],
    )
    return str(ModelCard(text))


def _believed(one: Faithful) -> str:
    """In bold words whether explanations of a sort are to be believed."""
    said = {"": "not to be believed", "with care": "with care", "yes": "to be believed"}
    return f"**{said[believed(one.gain, one.low)].capitalize()}**"


def _scores(one: Found) -> tuple[str, ...]:
    """The row of a direction: its name, what it leads to, and its scores, as Markdown."""
    if isinstance(one, LabelDirection):
        leads, numbers = f"{code(one.entry)} = {code(one.value)}", (one.numbers, one.others)
    else:
        leads, numbers = "", (one.others, None)
    scores = (one.steers, *numbers)
    return code(one.name), leads, *("" if value is None else f"{value:.2f}" for value in scores)


def _packages(manifest: Manifest, blueprint: Blueprint) -> list[str]:
    """What must be installed: the plugins, and what the encoders need beyond them."""
    encoders = [given.encoder for given in blueprint.given.values()]
    found = {name for part in encoders for name in part.cls.packages(part.options)}
    return sorted({*manifest.plugins, *filter(is_distribution_name, found)})


def _given(manifest: Manifest, blueprint: Blueprint) -> str:
    """Return what can be given, as Markdown."""
    entries = [code(entry) for entry in manifest.given]
    given = [f"any of {', '.join(entries)}" if len(entries) > 1 else "".join(entries)]
    repaired = [entry for entry, make in blueprint.recipe.make.items() if make.repair]
    given += [f"what is known of {code(entry)}" for entry in repaired]
    return " and ".join(filter(None, given)) or "nothing"


def _shown(blueprint: Blueprint, samples: Sequence[str]) -> tuple[str, list[str]]:
    """Return a picture to show, and the files to link because a page cannot show them."""
    pictures = {
        file
        for name, part in blueprint.make.items()
        for file in samples
        if file.startswith(f"{name}-") and blueprint.modalities[name].saves_pictures
    }
    sheet = [_SHEET] if _SHEET in samples else []
    links = [file for file in samples if file not in {*pictures, _SHEET}]
    return next(iter([*sheet, *sorted(pictures)]), ""), links


def _front_matter(manifest: Manifest, blueprint: Blueprint) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    kinds = {given.modality.spec.modalities[0] for given in blueprint.given.values()}
    kinds |= {_kind(blueprint, entry) for entry in blueprint.make}
    tasks = _tasks(blueprint)
    task = _ANY if len(blueprint.make) > 1 else next(iter(tasks), None)
    source = _named(blueprint.recipe.about.data_source) or str(blueprint.recipe.data.use)
    results = [
        EvalResult(
            task_type=task or "other",
            dataset_type=str(blueprint.recipe.data.use).partition(":")[0].replace("/", "-"),
            dataset_name=source,
            dataset_split=str(row["split"]),
            metric_type=str(row["name"]).lower().replace(" ", "-").replace("é", "e"),
            metric_name=f"{row['name']} of {row['entry']} given {row['given']}",
            metric_value=round(float(row["value"]), 4),
        )
        for row in manifest.metrics
        if of_the_model(row)
    ]
    data = ModelCardData(
        library_name="mmgan-zoo",
        license=(manifest.licences.weights or "other").lower(),
        pipeline_tag=task,
        tags=["gan", "mmgan-zoo", *sorted({*kinds, *tasks} - {task})],
        model_name=manifest.name,
        eval_results=results or None,
    )
    return data.to_yaml().strip()


def _named(text: str) -> str:
    """A text for the front matter, which some readers show as Markdown."""
    return re.sub(r"[<>`\[\]\\]", " ", text) if what_is_not_plain(text) else text


def _kind(blueprint: Blueprint, entry: str) -> str:
    """The kind of data that is made: of latents, that of the values that they are decoded into."""
    return blueprint.modalities[entry].shown.kind


def _tasks(blueprint: Blueprint) -> list[str]:
    """Return the Hub's names for what the model does, from each made kind of data and the given."""
    found: dict[str, None] = {}
    modalities = catalogue().of("modality")
    for entry in blueprint.make:
        made = _kind(blueprint, entry)
        given = [given.modality.spec.modalities[0] for given in blueprint.given.values()]
        if blueprint.recipe.make[entry].repair:
            given = [made]
        tasks = [task for spec in modalities if made in spec.modalities for task in spec.hub_tasks]
        for kind in given or ["unconditional"]:
            named = (task.replace("{given}", kind) for task in tasks)
            found |= dict.fromkeys(task for task in named if task.startswith(f"{kind}-"))
    return list(found)


def _flags(manifest: Manifest) -> str:
    """Return the flags that the model was exported with."""
    flags = {
        "--half": manifest.half,
        "--with-discriminator": DISCRIMINATOR in manifest.files,
        "--with-training-state": any(name.startswith("training/") for name in manifest.files),
    }
    return "".join(f" {flag}" for flag, wanted in flags.items() if wanted)


def _parts(manifest: Manifest) -> str:
    """Return the flags by which a training finds frozen models and files, from its directory."""
    choices = {f"given.{n}.modality": takes.modality for n, takes in manifest.given.items()}
    choices |= {f"given.{n}.encoder": takes.encoder for n, takes in manifest.given.items()}
    choices |= {f"make.{n}.modality": makes.modality for n, makes in manifest.made.items()}
    known = {f"part:{name}": f"dir:{PARTS}{name}" for name in manifest.models}
    known |= {f"sha256:{name}": f"{KEPT}{name}" for name in manifest.kept}
    return "".join(
        f" --set {place}.{option}={known[value]}"
        for place, choice in choices.items()
        for option, value in choice.items()
        if isinstance(value, str) and value in known
    )


def _chosen(choice: Plain) -> str:
    """Return a component and its options, as Markdown."""
    options = [f"{key} {prose(_short(value))}" for key, value in choice.items() if key != "use"]
    return code(choice["use"]) + (f" ({', '.join(options)})" if options else "")


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
