"""Models and recipes in old spellings are read without being trained again."""

from pathlib import Path

import pytest
import torch
import yaml

from mmgan_core import load, load_recipe
from mmgan_core.errors import RecipeError
from mmgan_core.foundation import progress
from mmgan_core.publishing.verify import verify
from mmgan_core.recipe.old_spellings import KEYS, present_weights, with_present_spellings
from mmgan_core.recipe.reading import dump, read_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.run_directory import RunDirectory
from mmgan_core.zoo.manifest import read_manifest

# The shipped model tiny-dense as it was published with the words of 0.0.
OLD = Path(__file__).parent / "old_model"


def test_an_old_model_verifies_and_makes_the_same_samples() -> None:
    assert "judge:" in (OLD / "recipe.yaml").read_text(encoding="utf-8")
    assert [finding.what for finding in verify(OLD)] == ["files", "weights", "samples", "number"]
    old, new = load(f"dir:{OLD}"), load("tiny-dense")
    made = [model.generate(count=3, seed=5).tensors["label"] for model in (old, new)]
    assert torch.equal(*made)


def test_its_measurements_have_the_words_of_today() -> None:
    manifest = read_manifest(OLD)
    assert manifest.metrics[0]["name"] == "condition accuracy"
    assert {"evaluator", "evaluator_hash", "evaluator_accuracy"} <= set(manifest.metrics[0])
    assert manifest.proof.measured
    assert manifest.proof.measured.evaluator["use"] == "core/label-embedding"


def test_every_old_key_means_what_the_new_one_does() -> None:
    for section, names in KEYS.items():
        for old, new in names.items():
            inner: object = {old: 1}
            for step in reversed(section):
                inner = {"x" if step == "*" else step: inner}
            wanted = yaml.safe_load(yaml.safe_dump(inner).replace(old, new))
            found, said = with_present_spellings(inner)  # type: ignore[arg-type]
            assert (found, said) == (wanted, [f"{old!r} is now {new!r}"])


def test_the_same_word_elsewhere_stays() -> None:
    options = {"make": {"x": {"generator": {"use": "a/b", "terms": 3}}, "terms": {"judge": 1}}}
    found, said = with_present_spellings(options)
    assert found == {
        "make": {"x": {"generator": {"use": "a/b", "terms": 3}}, "terms": {"evaluator": 1}}
    }
    assert said == ["'judge' is now 'evaluator'"]


def test_both_spellings_are_a_mistake(tmp_path: Path) -> None:
    raw = load_recipe("digits").as_given
    raw["make"]["image"]["judge"] = dict(raw["make"]["image"]["evaluator"], encoder="image/conv")
    file = tmp_path / "twice.yaml"
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(Exception, match=r"unknown key 'make\.image\.judge'"):
        read_recipe(file)


def test_an_old_recipe_is_noted_once_and_flags_may_be_old_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_noted", set())
    new = load_recipe("digits")
    text = yaml.safe_dump(new.as_given).replace("evaluator:", "judge:")
    file = tmp_path / "digits.yaml"
    file.write_text(text, encoding="utf-8")
    old: list[Recipe] = [
        read_recipe(file, {"make.image.judge.samples": 9, "make.image.mismatched": 0.5})
        for _ in range(2)
    ]
    assert capsys.readouterr().err.count("'judge' is now 'evaluator'") == 1
    evaluator = old[0].make["image"].evaluator
    assert evaluator
    assert (evaluator.samples, old[0].make["image"].matching_aware) == (9, 0.5)
    assert "judge" not in yaml.safe_dump(old[0].plain()), "never written"


def test_a_mistake_below_an_old_key_is_found_in_its_line(tmp_path: Path) -> None:
    lines = yaml.safe_dump(load_recipe("digits").as_given).replace("evaluator:", "judge:")
    file = tmp_path / "digits.yaml"
    file.write_text(lines.replace("target: label", "tarket: label"), encoding="utf-8")
    number = file.read_text(encoding="utf-8").splitlines().index("      tarket: label") + 1
    with pytest.raises(Exception, match=rf"digits\.yaml:{number}: unknown key") as error:
        read_recipe(file)
    assert "did you mean 'target'" in str(error.value)


def test_a_run_of_an_older_release_resumes_with_the_words_of_today(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    new = load_recipe("digits").plain()
    old = dump(new).replace("matching_aware:", "mismatched:")
    assert old != dump(new)
    run.write("resolved.yaml", old)
    run.refuse_other_recipe(new)
    new["make"]["image"]["matching_aware"] = 0.5
    with pytest.raises(RecipeError, match=r"matching_aware: 0\.5"):
        run.refuse_other_recipe(new)


def test_weights_of_an_old_checkpoint_have_the_names_of_today() -> None:
    old = {"terms.x.0.mean": 1, "variations.x.signs": 2, "gan.fusion.terms": 3, "align.scale": 4}
    assert present_weights(old) == {
        "auxiliary_losses.x.0.mean": 1,
        "data_augmentations.x.signs": 2,
        "gan.fusion.terms": 3,
        "align.scale": 4,
    }
