"""`init` makes texts of pieces or characters, and describes other samples with them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mmgan_core import Recipe, evaluate, load, train
from mmgan_core.contracts import Column
from mmgan_core.errors import UsageError
from mmgan_core.starting.budget import Wish
from mmgan_core.starting.columns import Seen
from mmgan_core.starting.made_samples import samples_of, unreadable
from mmgan_core.starting.roles import makeable, roles
from mmgan_core.starting.start import start


@pytest.mark.parametrize(
    ("values", "modality", "options", "why"),
    [
        (("cat", "two dogs", "3"), "text/text", {}, ""),
        (
            ("a library of many things for games", "a game in which mines are found", "a" * 60),
            "text/tokens",
            {"tokenizer": "bpe", "pieces": 2000},
            "half of the texts have 34 characters or more, so they are made of pieces",
        ),
        ((None, 3.0), "text/text", {}, ""),
    ],
)
def test_the_length_of_texts_decides(
    values: tuple[object, ...], modality: str, options: dict[str, object], why: str
) -> None:
    seen = Seen(Column("title", "text"), "texts", rows=len(values), values=values)
    found = samples_of(seen, 32)
    assert (found.modality, found.options) == (modality, options)
    assert found.why.startswith(why)


def test_a_fraction_that_cannot_be_read_is_found_without_a_vocabulary() -> None:
    values = ("a" * 40, "b" * 50, " ", "c" * 60)
    seen = Seen(Column("title", "text"), "texts", rows=4, values=values)
    assert unreadable(seen, samples_of(seen, 32)) == 0.25


def looked(**columns: tuple[str, ...]) -> dict[str, Seen]:
    kinds = {"picture": "image"}
    return {
        name: Seen(Column(name, kinds.get(name, "text")), "values", rows=len(values), values=values)
        for name, values in columns.items()
    }


SHORT = ("a red game", "two blue tools", "one old game") * 8
LONG = tuple(f"{text}, and much more is said of it in here" for text in SHORT)


def test_texts_are_made_where_nothing_else_can_be() -> None:
    columns = looked(about=LONG, title=SHORT)
    assert makeable(columns) == ["title", "about"], "short ones are learned sooner"
    assert makeable(looked(about=SHORT, caption=LONG)) == ["caption", "about"]
    became = {role.name: role.became for role in roles(columns)}
    assert became == {"about": "given", "title": "made"}


def test_files_of_texts_can_be_made_and_values_of_no_kind_cannot(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("a line that is longer than thirty-two characters\n")
    files = Seen(Column("text", "text"), "files", rows=1, values=(tmp_path / "note.txt",))
    odd = Seen(Column("odd"), "lists", rows=1, values=([1, 2],))
    assert makeable({"odd": odd, "text": files}) == ["text"]
    assert samples_of(files, 32).modality == "text/tokens"


def test_texts_that_describe_pictures_are_made_only_if_asked() -> None:
    columns = looked(caption=SHORT, picture=SHORT, tags=SHORT)
    assert makeable(columns) == ["picture"]
    by_itself = {role.name: role.became for role in roles(columns)}
    assert by_itself == {"caption": "given", "picture": "made", "tags": "left out"}
    asked = {role.name: role.became for role in roles(columns, "caption")}
    assert asked == {"caption": "made", "picture": "given", "tags": "given"}
    with pytest.raises(UsageError, match="'captoin' cannot be made") as told:
        roles(columns, "captoin")
    assert told.value.hint == "did you mean 'caption'?"


def test_a_table_of_texts_becomes_a_model_that_makes_texts(tmp_path: Path) -> None:
    data = tmp_path / "games.csv"
    kinds = ("game", "tool", "song")
    rows = [f"{kinds[n % 3]},a {kinds[n % 3]} of {n} parts for people" for n in range(60)]
    data.write_text("\n".join(["kind,title", *rows]), encoding="utf-8")
    begun = start(f"table:{data}", Wish(10.0, rate=100.0))
    recipe = yaml.safe_load(begun.text)
    made = recipe["make"]["title"]
    assert made["generator"]["use"] == "text/transformer"
    assert made["auxiliary_losses"] == ["objectives/likelihood"]
    assert not {"discriminator", "loss", "penalties", "matching_aware"} & set(made)
    assert list(recipe["given"]) == ["kind"]
    assert recipe["evaluate"]["metrics"] == [
        "core/condition-accuracy",
        "text/ms-jaccard",
        "text/self-bleu",
        "text/novelty",
    ]
    recipe["train"] |= {"samples": 96, "batch_size": 16}
    recipe["make"]["title"]["generator"] |= {"width": 16, "layers": 1}
    recipe["make"]["title"]["evaluator"]["samples"] = 64
    run = tmp_path / "run"
    train(Recipe.model_validate(recipe), run, cpu=True)
    (text,) = load(run).generate(kind="game").title
    assert isinstance(text, str)
    numbers = evaluate(run, count=8).as_dict()["title"]
    assert {"condition accuracy", "novelty", "perplexity"} <= set(numbers["kind"])
