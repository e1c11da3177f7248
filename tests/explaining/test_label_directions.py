"""Directions of the condition: found where it is known what they lead to, scored by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor, nn
from typer.testing import CliRunner

from mmgan_core import Recipe, load, train
from mmgan_core.cli.directions_verb import app
from mmgan_core.cli.generate_verb import app as generating
from mmgan_core.contracts import Condition, Evaluated, Modality
from mmgan_core.data.feed import Feed
from mmgan_core.errors import MmganError, UsageError
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.evaluation.evaluator import Evaluator
from mmgan_core.explaining.direction_file import directions_of, moved_along, write_directions
from mmgan_core.explaining.directions import Direction
from mmgan_core.explaining.label_directions import (
    _WORTH,
    LabelDirection,
    _at_least,
    _places,
    find_label_directions,
    pushed,
)
from mmgan_core.inference.model import Model
from mmgan_core.publishing.export import export
from mmgan_core.publishing.kept_directions import keep_directions
from mmgan_core.publishing.verify import verify

RECIPE = """
name: pairs
data: table:TABLE
given:
  kind: {modality: core/label, encoder: {use: core/label-embedding, dim: 1}}
  again: {modality: core/label, column: again, encoder: {use: core/label-embedding, dim: 1}}
  size: {modality: core/label, encoder: {use: core/label-embedding, dim: 1}}
fusion: {use: core/concatenation, dim: 2}
prior: null
make:
  pair:
    modality: {use: core/vector, low: [-4, -4], high: [4, 4]}
    generator: {use: core/dense, noise_dim: 2, hidden: [4]}
    discriminator: {use: core/dense, hidden: [4]}
    loss: objectives/non-saturating
    evaluator: {encoder: core/flat, target: kind, samples: 64}
train: {samples: 32, batch_size: 16}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("labels")
    rows = [f'{k},{k},{s},"0.{n}, 0.{n}"' for k in "ab" for s in "ls" for n in range(1, 9)]
    (folder / "pairs.csv").write_text("\n".join(["kind,again,size,pair", *rows]), encoding="utf-8")
    recipe = yaml.safe_load(RECIPE.replace("TABLE", str(folder / "pairs.csv")))
    train(Recipe.model_validate(recipe), folder / "run", cpu=True)
    return folder / "run"


@pytest.fixture
def model(run: Path) -> Model:
    """It makes of kind and size, -0.4 or 0.4 each, with a little noise: (kind + again, size).

    Where kind and again are apart, the first is 0 but for noise.
    """
    found = load(run)

    class Parts(nn.Module):
        space = found.gan.fusion.space  # type: ignore[union-attr]

        def forward(self, encodings: Any, present: Any) -> Condition:
            kind, again, size = (
                torch.where(present[n][:, None], encodings[n].pooled, 0.0)
                for n in ("kind", "again", "size")
            )
            return Condition(torch.cat([kind + again, size], dim=1))

    class Made(nn.Module):
        condition = found.gan.generator("pair").condition
        noise_dim = 2
        reads = frozenset({"pooled"})

        def forward(self, noise: Tensor, condition: Condition) -> Tensor:
            return condition.pooled + 0.04 * noise

    found.gan.fusion = Parts()  # type: ignore[assignment]
    found.gan.generators["pair"] = Made()
    with torch.no_grad():
        for encoder in found.gan.encoders.values():
            (embed,) = (layer for layer in encoder.modules() if isinstance(layer, nn.Linear))
            embed.weight.copy_(torch.tensor([[-0.4, 0.4]]))
            embed.bias.zero_()
    return found


class Sign(Evaluator):
    """Reads the sign of one of the numbers."""

    def __init__(self, names: Sequence[str], place: int) -> None:
        nn.Module.__init__(self)
        self.names, self.place = tuple(names), place

    def read(self, values: Sequence[Any], asked: Sequence[str | None]) -> Evaluated:
        return Evaluated(predicted=torch.tensor([int(one[self.place] > 0) for one in values]))


READERS = {"kind": Sign("ab", 0), "size": Sign("ls", 1), "again": Sign("ls", 1)}


def test_each_value_has_a_direction_that_leads_there_and_nowhere_else(model: Model) -> None:
    given = {"kind": "a", "size": "l"}
    to_a, to_b = find_label_directions(model, given, evaluators=READERS, noises=32)
    assert (to_b.name, to_b.entry, to_b.value, to_b.reads) == ("b", "kind", "b", "kind")
    assert to_b.instead_of == (), "nothing speaks against it"
    assert to_b.steers == to_a.steers == 1
    assert to_b.change == pytest.approx(0.8 / 2**0.5, abs=1e-3), (
        "the root of the mean of 0.8^2 and 0"
    )
    assert to_b.others == 0
    assert to_a.change == pytest.approx(0, abs=1e-6)
    assert to_a.others is None, "nothing was moved"


def test_an_entry_that_says_the_same_gives_way(model: Model) -> None:
    given = {"kind": "a", "again": "a", "size": "l"}
    _, to_b = find_label_directions(model, given, evaluators=READERS, noises=32)
    assert to_b.instead_of == ("again",), "and the size does not"
    assert to_b.steers == 1


def test_a_gain_that_is_as_likely_chance_is_worth_nothing() -> None:
    by_chance, sure = torch.zeros(64), torch.zeros(64)
    by_chance[:3] = 1
    sure[:16] = 1
    assert by_chance.mean() > _WORTH > _at_least(by_chance)
    assert _at_least(sure) > _WORTH


def test_other_samples_are_scored_than_those_that_decide_what_gives_way(model: Model) -> None:
    """A reader that is right of the first samples that it sees alone: luck while it decides."""
    read: list[tuple[float, ...]] = []

    class Noted(Sign):
        def read(self, values: Sequence[Any], asked: Sequence[str | None]) -> Evaluated:
            read.append(tuple(float(one[0]) for one in values))
            return super().read(values, asked)

    readers = {**READERS, "kind": Noted("ab", 0)}
    for given in ({"kind": "a", "again": "a", "size": "l"}, {}):
        read.clear()
        find_label_directions(model, given, evaluators=readers, noises=8)
        # Three ways at least, each to both values; then those before, and the best again.
        deciding, scored = read[:-3], read[-3:]
        assert len(deciding) >= 2 * 3
        spreads = [{round(x - min(one), 4) for x in one} for one in deciding]
        for one in scored:
            own = {round(x - min(one), 4) for x in one}
            assert all(own != other for other in spreads), "no score is of a sample that decided"


def test_rows_that_are_scored_decide_nothing_and_are_no_news(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is given, samples get values of test rows: the first 2 are scored, 2 decide."""
    asked, rows = set(), Feed.rows

    def seen(feed: Feed, first: int, count: int) -> Any:
        asked.add((first, count))
        return rows(feed, first, count)

    monkeypatch.setattr(Feed, "rows", seen)
    monkeypatch.setattr(Modality, "unread", lambda modality, value: "nothing is read")
    find_label_directions(model, {}, evaluators=READERS, noises=2)
    assert asked == {(0, 2), (2, 2)}


def test_another_evaluator_reads_instead_of_the_recipes(run: Path, tmp_path: Path) -> None:
    call = [str(run), "kind=a", "size=l", "--noises", "4", "--by", "labels"]
    call += ["--evaluator", "core/dense", "--out", str(tmp_path / "d.json"), "--json"]
    said = CliRunner().invoke(app, call)
    assert said.exit_code == 0, said.output
    learned: list[str] = []

    def noted(self: EvaluatedEntry) -> Evaluator:
        learned.append(self.part.spec.id)
        return READERS[self.lesson.target]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EvaluatedEntry, "evaluator", property(noted))
        find_label_directions(load(run), {"kind": "a"}, encoder="core/dense", noises=4)
    assert learned
    assert set(learned) == {"core/dense"}


def test_other_labels_that_change_are_counted(model: Model) -> None:
    """Of another label, a reader of both numbers' sum sees every sample change that kind moves."""

    class Whole(Sign):
        def read(self, values: Sequence[Any], asked: Sequence[str | None]) -> Evaluated:
            return Evaluated(predicted=torch.tensor([int(sum(one) > 1) for one in values]))

    given = {"kind": "a", "size": "s"}  # together 0 before, and 3.2 after
    readers = {**READERS, "size": Whole("ls", 0)}
    assert find_label_directions(model, given, evaluators=readers, noises=32)[1].others == 0.5


def test_a_number_is_compared_among_samples_of_one_label() -> None:
    """Sevens are 10 more, and spread twice as far: who was first among them is first again."""
    ones = torch.tensor([[1.0], [2.0], [3.0]])
    sevens = 2 * ones + 10
    read = torch.tensor([0, 0, 0])
    before, as_ones, as_sevens = _places([ones, sevens], ones, read)
    torch.testing.assert_close(as_sevens, before)
    torch.testing.assert_close(as_ones, torch.tensor([[-1.0], [0.0], [1.0]]) * 1.5**0.5)
    mixed = _places([ones, sevens], torch.tensor([[1.0], [12.0], [3.0]]), torch.tensor([0, 1, 0]))
    torch.testing.assert_close(mixed[0], torch.tensor([[-1.0], [-1.0], [1.0]]) * 1.5**0.5)
    turned = _places([ones, sevens.flip(0)], ones, read)[2]
    assert (turned - before).abs().mean() == pytest.approx(4 / 3 * 1.5**0.5)


def test_what_cannot_be_found_says_why(model: Model) -> None:
    with pytest.raises(UsageError, match="no given entry of pairs holds 'pair'"):
        find_label_directions(model, {"kind": "a"}, target="pair")
    with pytest.raises(UsageError, match="no entry 'pear'"):
        find_label_directions(model, {"kind": "a"}, made="pear")


def test_both_kinds_stand_in_one_file_and_move_a_model(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "directions.json"
    along = Direction("along", (0.0, 1.0), "hand", 0, 0, 0)
    to_b = LabelDirection("b", "kind", "b", "kind", ("again",))
    write_directions(file, model, "pair", [along, to_b])
    assert directions_of(model, file) == ("pair", {"along": along, "b": to_b})

    def made(**amounts: float) -> Tensor:
        moved = moved_along(model, file, amounts) if amounts else model
        return moved.generate(kind="a", size="l", count=4, seed=2).tensors["pair"]

    half = made(b=0.5) - made()
    torch.testing.assert_close(half, torch.tensor([[0.4, 0.0]]).expand(4, 2))
    both = made(b=1.0, along=3.0) - made()
    torch.testing.assert_close(both, torch.tensor([[0.8, 0.12]]).expand(4, 2))
    torch.testing.assert_close(made(b=0.0), made())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entry": "colour"}, "cannot be given it"),
        ({"instead_of": ["colour"]}, "cannot be given it"),
        ({"value": "c"}, "kind: "),
        ({"value": "\x1b[2J"}, "cannot be the value"),
        ({"name": ""}, "cannot be the name"),
        ({"reads": "n" * 61}, "cannot be a column"),
        ({"steers": float("nan")}, "finite"),
        ({"space": "elsewhere"}, "condition"),
    ],
)
def test_one_that_does_not_fit_is_refused(
    model: Model, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    file = tmp_path / "directions.json"
    write_directions(file, model, "pair", [LabelDirection("b", "kind", "b", "kind", steers=1.0)])
    content = json.loads(file.read_text("utf-8"))
    content["directions"][0] |= changes
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(MmganError, match=said):
        directions_of(model, file)


def test_the_verbs_keep_both_with_a_model_and_list_them(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run.parent)  # a published recipe names its data without their folder
    model = export(run, tmp_path / "model").path
    file = str(tmp_path / "found.json")
    call = [str(model), "kind=a", "size=l", "--noises", "4", "--out", file]
    assert CliRunner().invoke(app, [*call, "--most", "1"]).exit_code == 0
    # The evaluator of its own target travels with it; the others learn from the data.
    said = CliRunner().invoke(app, [*call, "--by", "labels", "--add", "--keep", "--films"])
    assert said.exit_code == 0, said.output
    for words in ("steers", "other labels", "kept: "):
        assert words in said.output
    assert (tmp_path / "found-b.gif").is_file()
    _, kept = directions_of(load(str(model)), model / "directions.json")
    assert list(kept) == ["spectrum-1", "a", "b"]
    card = (model / "README.md").read_text("utf-8")
    for row in ("| `spectrum-1` |", "| `b` | `kind` = `b` |"):
        assert row in card
    assert list(verify(model))
    again = export(run, tmp_path / "again").path
    assert "## Directions" not in (again / "README.md").read_text("utf-8")
    keep_directions(str(run), Path(file))
    exported = export(run, tmp_path / "with").path
    assert "| `b` | `kind` = `b` |" in (exported / "README.md").read_text("utf-8")
    assert list(verify(exported))
    made = [str(model), "kind=a", "--direction", "b=+0.5", "--out", str(tmp_path / "made")]
    assert CliRunner().invoke(generating, made).exit_code == 0


def test_a_direction_of_others_names_no_file_to_be_opened(tmp_path: Path) -> None:
    model, file = load("digits-28"), tmp_path / "own.wav"
    file.write_bytes(b"not even a sound")
    with pytest.raises(UsageError, match="whose values are no words"):
        pushed(model, LabelDirection("theirs", "audio", str(file), "label"), 1.0)
    assert pushed(model, LabelDirection("seven", "text", "seven", "label"), 1.0).pushes
