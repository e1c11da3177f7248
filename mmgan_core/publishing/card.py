"""The card: what a model is, in words, with the front matter that the Hub understands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.zoo.manifest import DISCRIMINATOR, Manifest

# The Hub's names of tasks, by what is given and made.
_TASKS = {
    ("", "image"): "unconditional-image-generation",
    ("image", "image"): "image-to-image",
    ("text", "image"): "text-to-image",
    ("text", "audio"): "text-to-speech",
    ("audio", "text"): "automatic-speech-recognition",
    ("image", "label"): "image-classification",
    ("text", "text"): "text-generation",
}


def card(manifest: Manifest, blueprint: Blueprint, samples: Sequence[str], address: str) -> str:
    """The whole of README.md, as Markdown without active content.

    Args:
        samples: the files below ``samples/``.
        address: what people load it by.
    """
    name, made = manifest.name, list(manifest.made)
    about = blueprint.recipe.about
    entries = [f"`{entry}`" for entry in manifest.given]
    repaired = [entry for entry, make in blueprint.recipe.make.items() if make.repair]
    told = [f"any of {', '.join(entries)}" if len(entries) > 1 else "".join(entries)]
    told += [f"what is known of `{entry}`" for entry in repaired]
    given = " and ".join(filter(None, told)) or "nothing"
    lines = [
        "---",
        _front_matter(manifest, blueprint),
        "---",
        "",
        f"# {name}",
        "",
        _plain(manifest.summary) or f"Makes {', '.join(made)}.",
        "",
        f"A GAN of mmgan-zoo: given {given}, it makes "
        f"{', '.join(f'`{entry}`' for entry in made)} in one forward pass, on a CPU too. "
        f"{manifest.cost.weights:,} weights.",
        "",
    ]
    pictures = sorted((file for file in samples if file.endswith(".png")), key="sheet.png".__ne__)
    lines += [f"![samples](samples/{file})" for file in pictures[:1]]
    sounds = [file for file in samples if file.endswith(".wav")]
    lines += ["", *(f"- [{file}](samples/{file})" for file in sounds), ""] if sounds else [""]
    lines += [
        *_use(manifest, repaired, address),
        "",
        "## What goes in and out",
        "",
        "| entry | | |",
        "| --- | --- | --- |",
        *(
            f"| `{n}` | given | {_told(t.modality)}; read by {_told(t.encoder)} |"
            for n, t in manifest.given.items()
        ),
        *(
            f"| `{n}` | made | {_told(m.modality)}; a tensor {tuple(m.shape)} from {m.low:g} to "
            f"{m.high:g}, of {m.noise} numbers of noise |"
            for n, m in manifest.made.items()
        ),
        "",
    ]
    lines += ["## Measured", "", *_measured(manifest), ""]
    lines += ["## Limits", ""]
    lines += [f"- {_plain(limit)}" for limit in manifest.limits] or ["- None were written down."]
    lines += [
        "- A sample is made up: it is no record of anybody's voice, hand or face.",
        "",
        "## How it was made",
        "",
        *_data(about.data_source, manifest),
        "",
        "```sh",
        f"mmgan-zoo train recipe.yaml --cpu --run runs/{name}",
        f"mmgan-zoo evaluate runs/{name}",
        f"mmgan-zoo export runs/{name} --to {name}{_flags(manifest)}",
        "```",
        "",
        f"Seed {manifest.seed}, {manifest.cost.samples:,} samples{_time(manifest)}, with "
        f"{', '.join(f'{n} {v}' for n, v in sorted(manifest.plugins.items()))}. The exact versions "
        "of everything else are in `model.json`.",
        "",
        "## Trust",
        "",
        "There is no code and no pickle in this model: weights are safetensors, the recipe names "
        "components of installed plugins. `mmgan-zoo verify` compares every file's hash, makes "
        f"{manifest.proof.samples} recorded samples again, and measures one number again.",
    ]
    if DISCRIMINATOR in manifest.files:
        lines.append(
            "The discriminator is here too, for training on: "
            f"`mmgan-zoo train RECIPE --init-from {address}`."
        )
    return "\n".join(lines) + "\n"


def _front_matter(manifest: Manifest, blueprint: Blueprint) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    modalities = [part.modality for part in blueprint.given.values()]
    modalities += [part.modality for part in blueprint.make.values()]
    kinds = {modality.spec.modalities[0] for modality in modalities}
    results = [
        EvalResult(
            task_type=_task(blueprint) or "other",
            dataset_type=str(blueprint.recipe.data.use).partition(":")[0].replace("/", "-"),
            dataset_name=blueprint.recipe.about.data_source or str(blueprint.recipe.data.use),
            dataset_split=str(row["split"]),
            metric_type=str(row["name"]).lower().replace(" ", "-").replace("é", "e"),
            metric_name=f"{row['name']} of {row['entry']} given {row['given']}",
            metric_value=round(float(row["value"]), 4),
        )
        for row in manifest.metrics
    ]
    data = ModelCardData(
        library_name="mmgan-zoo",
        license=(manifest.licences.weights or "other").lower(),
        pipeline_tag=_task(blueprint),
        tags=["gan", "mmgan-zoo", *sorted(kinds)],
        model_name=manifest.name,
        eval_results=results or None,
    )
    return data.to_yaml().strip()


def _task(blueprint: Blueprint) -> str | None:
    given = [part.modality.spec.modalities[0] for part in blueprint.given.values()] or [""]
    entry, part = next(iter(blueprint.make.items()))
    made = part.modality.spec.modalities[0]
    if blueprint.recipe.make[entry].repair:
        given = [made]
    return next((_TASKS[kind, made] for kind in given if (kind, made) in _TASKS), None)


def _use(manifest: Manifest, repaired: Sequence[str], address: str) -> list[str]:
    """How to have something filled in, or made: on the command line, and in Python."""
    if repaired:
        entry = repaired[0]
        command = f"repair {address} {entry}=torn.png --mask hole.png --count 4"
        call = f'repair({entry}="torn.png", mask="hole.png", count=4).{entry}'
    else:
        told, asked = _example(manifest)
        command = f"generate {address}{told} --count 8"
        call = f"generate({asked}).{next(iter(manifest.made))}"
    return [
        "## Use",
        "",
        "```sh",
        f"pip install {' '.join(sorted(manifest.plugins))}",
        f"mmgan-zoo {command}",
        "```",
        "",
        "```python",
        "import mmgan_core as mmgan",
        "",
        f'model = mmgan.load("{address}")',
        f"made = model.{call}",
        "```",
    ]


def _example(manifest: Manifest) -> tuple[str, str]:
    """How to ask for something: on the command line, and in Python."""
    for name, takes in manifest.given.items():
        names = takes.modality.get("names")
        if isinstance(names, list) and names:
            return f' {name}="{_plain(str(names[-1]))}"', f'{name}="{_plain(str(names[-1]))}"'
    for name in manifest.given:
        return f" {name}=...", f"{name}=..."
    return "", "count=8"


def _flags(manifest: Manifest) -> str:
    """How it was exported."""
    flags = {
        "--half": manifest.half,
        "--with-discriminator": DISCRIMINATOR in manifest.files,
        "--with-training-state": any(name.startswith("training/") for name in manifest.files),
    }
    return "".join(f" {flag}" for flag, wanted in flags.items() if wanted)


def _measured(manifest: Manifest) -> list[str]:
    if not manifest.metrics:
        return ["Nobody has measured it: there was no evaluation when it was published."]
    lines = [
        "| makes | given | number | value | 95 % | real | n |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in manifest.metrics:
        interval = "" if row["low"] is None else f"{row['low']:.3f}-{row['high']:.3f}"
        floor = "" if row["floor"] is None else f"{row['floor']:.3f}"
        lines.append(
            f"| {row['entry']} | {row['given']} | {row['name']} | {row['value']:.3f} "
            f"| {interval} | {floor} | {row['n']} |"
        )
    row = manifest.metrics[0]
    return [
        *lines,
        "",
        f"On the {row['split']} split, by `{row['evaluator']}`, a network trained on "
        f"real data alone, which reads {row['evaluator_accuracy']:.1%} of real samples right; seed "
        f"{row['seed']}. Shuffled: asked for one thing, given another.",
    ]


def _data(source: str, manifest: Manifest) -> list[str]:
    licences = manifest.licences
    return [
        f"Data: {_plain(source) or 'not told'} ({_plain(licences.data) or 'licence not told'}). "
        f"Weights: {_plain(licences.weights) or 'licence not told'}. Code: {licences.code}."
    ]


def _time(manifest: Manifest) -> str:
    seconds = manifest.cost.seconds
    return f", {seconds / 60:.0f} minutes on {manifest.cost.device}" if seconds else ""


def _told(choice: dict[str, Any]) -> str:
    options = []
    for key, value in choice.items():
        if key != "use":
            told = _short(value)
            options.append(f"{key} {_plain(told)}")
    return f"`{choice['use']}` ({', '.join(options)})" if options else f"`{choice['use']}`"


def _short(value: object) -> str:
    told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return told if len(told) <= 120 else f"{told[:117]}..."


def _plain(text: str) -> str:
    """Text that no reader of Markdown takes for a tag, a table's end or a new line."""
    for sign, harmless in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|")):
        text = text.replace(sign, harmless)
    return " ".join(text.replace("javascript:", "javascript&#58;").split())
