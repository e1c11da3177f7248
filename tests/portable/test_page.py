"""The page of a model in a real browser: what it makes, who can use it, what it keeps to itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from mmgan_core import load
from mmgan_core.errors import MmganError
from mmgan_core.explaining.direction_file import directions_in, unit
from mmgan_core.explaining.directions import Direction
from mmgan_core.portable.page import size_beside_runtime, write_page
from mmgan_core.portable.runtime import runtime
from mmgan_core.portable.sampler import Sampler
from mmgan_core.portable.written import TOLERANCE
from mmgan_image.modality.image_modality import ImageModality

from .browser import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MODELS = ("digits-28", "digits-repair", "speech", "tiny-dense")
_RECORDED = """async () => {
  const sampler = window.mmgan.sampler;
  const [run, kept] = [sampler.run, {}];
  sampler.run = async (inputs) => {
    kept.inputs = inputs;
    kept.outputs = await run(inputs);
    return kept.outputs;
  };
  await window.mmgan.made();
  sampler.run = run;
  const mapped = (all, change) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));
  const plain = ({ dtype, data, shape }) => ({ dtype, data: Array.from(data, Number), shape });
  return mapped(kept, (all) => mapped(all, plain));
}"""


@pytest.fixture(scope="session")
def pages(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of the pages of shipped models, written when they are first used."""
    try:
        runtime()
    except MmganError as error:
        pytest.skip(f"the runtime of pages is not to be had here: {error}")
    folder = tmp_path_factory.mktemp("pages")

    class Pages(dict[str, Path]):
        def __missing__(self, name: str) -> Path:
            model = load(name)
            examples = {entry: "three" for entry in ("text", "word") if entry in model.given}
            self[name] = write_page(model, folder / name, examples=examples)
            return self[name]

    return Pages()


@contextmanager
def opened(
    chromium: Browser, folder: Path, *, scheme: Any = "light", width: int = 1280
) -> Iterator[Page]:
    """The page when it has made its first samples; fails if it logs errors or asks others."""
    viewport: Any = {"width": width, "height": 800}
    context = chromium.new_context(
        color_scheme=scheme, viewport=viewport, reduced_motion="reduce", permissions=["microphone"]
    )
    said: list[str] = []
    with served(folder) as site:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((site.address, "blob:"))
                else said.append(f"asked for {request.url}")
            ),
        )
        page.goto(site.address)
        page.wait_for_selector("body[data-ready], #fault:not(:empty)", timeout=120_000)
        before = len(site.asked)
        yield page
        assert len(site.asked) == before, "nothing is fetched after loading"
        context.close()
    assert said == []


def settle(page: Page) -> None:
    """Wait until the samples of what was last asked for are there."""
    page.wait_for_timeout(300)  # typing waits for a pause
    page.evaluate("async () => { await window.mmgan.running; }")


def recorded(page: Page) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What the page feeds to the graph now, and what it gets."""
    found = page.evaluate(_RECORDED)
    arrays = [
        {n: np.asarray(t["data"], t.get("dtype")).reshape(t["shape"]) for n, t in all_.items()}
        for all_ in (found["inputs"], found["outputs"])
    ]
    return arrays[0], arrays[1]


def assert_as_torch(page: Page, name: str) -> dict[str, np.ndarray]:
    """What a page makes is what torch makes of the same noise and the same values."""
    fed, made = recorded(page)
    model = load(name)
    sampler = Sampler(model).eval()
    assert fed.keys() == sampler.inputs.keys()
    with torch.no_grad():
        wanted = sampler({n: torch.from_numpy(np.array(array)) for n, array in fed.items()})
    for entry, tensor in zip(model.made, wanted, strict=True):
        np.testing.assert_allclose(made[f"made.{entry}"], tensor.numpy(), atol=TOLERANCE, rtol=0)
    return fed


@pytest.mark.parametrize("name", MODELS)
def test_it_makes_what_torch_makes(chromium: Browser, pages: dict[str, Path], name: str) -> None:
    assert size_beside_runtime(pages[name]) <= 5_000_000
    with opened(chromium, pages[name]) as page:
        assert page.locator("h1").inner_text() == name
        assert "made in" in page.locator("#status").inner_text()
        assert_as_torch(page, name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_on_phones_and_desks_by_day_and_night(
    chromium: Browser, pages: dict[str, Path], scheme: str, width: int
) -> None:
    for name in ("digits-28", "digits-repair"):
        with opened(chromium, pages[name], scheme=scheme, width=width) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for pair in (("--ink", "--card"), ("--faint", "--paper"), ("--on-accent", "--accent")):
                assert contrast(page, *pair) >= 4.5, pair
            assert contrast(page, "--edge", "--card") >= 3
            nameless = page.evaluate(
                "[...document.querySelectorAll('input, select, textarea, button, canvas')].filter("
                "(one) => !(one.labels?.length || one.ariaLabel || one.textContent.trim())).length"
            )
            assert nameless == 0


def contrast(page: Page, front: str, back: str) -> float:
    """The contrast of two colours of the page, as WCAG counts it."""
    found = page.evaluate(
        """(names) => names.map((name) => {
          const one = document.createElement("p");
          one.style.color = `var(${name})`;
          document.body.append(one);
          const said = getComputedStyle(one).color;
          one.remove();
          return said.match(/[0-9.]+/g).slice(0, 3).map(Number);
        })""",
        [front, back],
    )

    def light(colour: list[float]) -> float:
        linear = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (level / 255 for level in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = sorted(map(light, found), reverse=True)
    return (one + 0.05) / (other + 0.05)


def test_write_say_and_choose(chromium: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    with opened(chromium, pages["digits-28"]) as page:
        page.get_by_role("textbox", name="text").fill("seven")
        settle(page)
        fed = assert_as_torch(page, "digits-28")
        assert bytes(fed["given.text.bytes"][0, :5]) == b"seven"
        assert fed["given.text.present"]
        page.get_by_role("radio", name="nine").check()
        settle(page)
        assert recorded(page)[0]["given.label.names"][0].argmax() == 9
        page.get_by_label("Give label").uncheck()
        settle(page)
        assert not recorded(page)[0]["given.label.present"]
        page.get_by_role("button", name="Record").click()
        page.wait_for_timeout(700)
        page.get_by_role("button", name="Stop").click()
        page.locator("audio:not([hidden])").wait_for()
        settle(page)
        fed = assert_as_torch(page, "digits-28")
        assert fed["given.audio.present"]
        assert np.abs(fed["given.audio.wave"]).max() == pytest.approx(0.95, abs=1e-3)
        (tmp_path / "no.wav").write_text("no sound")
        page.locator("input[accept='audio/*']").set_input_files(tmp_path / "no.wav")
        page.get_by_role("alert").filter(has_text="no sound that this browser can read").wait_for()


def test_moving_through_noise(chromium: Browser, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["digits-28"]) as page:
        slider = page.get_by_label("Move through noise")
        first = recorded(page)[1]["made.image"]
        slider.focus()
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        settle(page)
        near = recorded(page)[1]["made.image"]
        assert 0 < np.abs(near - first).mean() < 0.4
        slider.fill("0")
        settle(page)
        np.testing.assert_array_equal(recorded(page)[1]["made.image"], first)
        page.get_by_role("button", name="Make others").click()
        settle(page)
        assert np.abs(recorded(page)[1]["made.image"] - first).mean() > 0.05
        noise = recorded(page)[0]["noise.image"]
        assert abs(noise.std() - 1) < 0.15
        page.get_by_label("Spread of the noise").fill("0.5")
        settle(page)
        np.testing.assert_allclose(recorded(page)[0]["noise.image"], noise / 2, atol=1e-6)


def test_a_slider_for_each_kept_direction_of_the_noise(
    chromium: Browser, pages: dict[str, Path]
) -> None:
    model = load("digits-28")
    assert model.directions is not None
    kept = directions_in(model.directions)
    noisy = [one for one in kept if isinstance(one, Direction)]
    with opened(chromium, pages["digits-28"]) as page:
        sliders = page.get_by_role("group", name="Directions").get_by_role("slider")
        assert sliders.count() == len(noisy) < len(kept)
        fed, before = recorded(page)
        page.get_by_label("ink", exact=True).fill("2")
        page.get_by_label("slant", exact=True).fill("-1.5")
        settle(page)
        moved = assert_as_torch(page, "digits-28")["noise.image"] - fed["noise.image"]
        ink, slant = (unit(one) for one in noisy if one.name in ("ink", "slant"))
        wanted = (2 * ink - 1.5 * slant).expand(len(moved), -1)
        np.testing.assert_allclose(moved, wanted.numpy(), atol=1e-5)
        page.get_by_label("slant", exact=True).fill("0")
        settle(page)
        assert recorded(page)[1]["made.image"].mean() > before["made.image"].mean(), "more ink"
        page.get_by_role("button", name="Back to the middle").click()
        settle(page)
        np.testing.assert_array_equal(recorded(page)[1]["made.image"], before["made.image"])
    with opened(chromium, pages["tiny-dense"]) as page:
        assert page.get_by_role("group", name="Directions").count() == 0
        assert page.get_by_role("group", name="Towards a value").count() == 0


def test_a_slider_for_each_kept_direction_to_a_value(
    chromium: Browser, pages: dict[str, Path]
) -> None:
    model = load("digits-28")
    assert model.directions is not None
    kept = directions_in(model.directions)
    values = [one.name for one in kept if not isinstance(one, Direction)]
    with opened(chromium, pages["digits-28"]) as page:
        page.get_by_role("textbox", name="text").fill("three")
        settle(page)
        before = recorded(page)[1]["made.image"]
        group = page.get_by_role("group", name="Towards a value")
        assert group.get_by_role("slider").count() == len(values)
        group.get_by_label("seven", exact=True).fill("1")
        settle(page)
        fed = assert_as_torch(page, "digits-28")
        place = values.index("seven")
        assert (fed["push.amount"] == np.eye(len(values))[place]).all()
        sevens = recorded(page)[1]["made.image"]
        # The same noise with seven given instead of three, and nothing pushed.
        group.get_by_role("button", name="Back to what is given").click()
        page.get_by_role("textbox", name="text").fill("seven")
        settle(page)
        assert not recorded(page)[0]["push.amount"].any()
        given = recorded(page)[1]["made.image"]
        assert np.abs(sevens - given).mean() < np.abs(sevens - before).mean() / 2


def test_a_picture_is_repaired(chromium: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    levels = (np.indices((70, 56)).sum(0) * 2).astype(np.uint8)
    Image.fromarray(levels).save(tmp_path / "torn.png")
    with opened(chromium, pages["digits-repair"]) as page:
        page.locator("fieldset.repair input[type=file]").set_input_files(tmp_path / "torn.png")
        page.get_by_role("button", name="The right half").click()
        settle(page)
        fed = assert_as_torch(page, "digits-repair")
        seen = ImageModality(ImageModality.Options(channels=1, height=28, width=28)).prepare(
            [tmp_path / "torn.png"]
        )
        np.testing.assert_array_equal(fed["repair.image.pixels"][0], seen[0].numpy())
        mask = fed["repair.image.mask"][0, 0]
        assert mask[:, 14:].all()
        assert not mask[:, :14].any()
        made = recorded(page)[1]["made.image"][0, 0]
        known = seen[0, 0].numpy() / 127.5 - 1
        np.testing.assert_allclose(made[:, :14], known[:, :14], atol=1e-5)
        page.get_by_role("button", name="Nothing").click()
        page.locator("canvas.mask").focus()
        for key in (" ", "ArrowRight", "ArrowRight", " "):
            page.keyboard.press(key)
        settle(page)
        assert 4 < recorded(page)[0]["repair.image.mask"][0].sum() < 200
        page.get_by_role("button", name="Take the first one made").click()
        settle(page)
        assert_as_torch(page, "digits-repair")
        page.get_by_role("button", name="Remove the picture").click()
        settle(page)
        assert recorded(page)[0]["repair.image.mask"].all()


def test_what_is_drawn_is_named(chromium: Browser, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["tiny-dense"]) as page:
        pad = page.locator("canvas.pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        middle = box["x"] + box["width"] / 2
        page.mouse.move(middle, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(middle, box["y"] + box["height"] - 20, steps=8)
        page.mouse.up()
        settle(page)
        fed = assert_as_torch(page, "tiny-dense")
        wanted = recorded(page)[1]["made.label"][0]
        assert fed["given.image.present"]
        assert fed["given.image.pixels"].max() > 150
        names = load("tiny-dense").gan.modalities["label"].options.names
        assert page.locator("#samples .text").first.inner_text() == names[wanted.argmax()]


def test_a_sound_is_heard(chromium: Browser, pages: dict[str, Path]) -> None:
    with opened(chromium, pages["speech"]) as page:
        assert page.locator("#samples audio").count() == 8
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save audio 1", exact=True).click()
        import soundfile

        wave, rate = soundfile.read(waiting.value.path(), dtype="float32")
        assert rate == 8000
        assert np.abs(wave).max() == pytest.approx(0.95, abs=1e-3)


def test_texts_of_a_model_are_texts(
    chromium: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    """Whoever made a model says what it is called; nothing of that becomes HTML."""
    folder = Path(shutil.copytree(pages["digits-28"], tmp_path / "page"))
    said = json.loads((folder / "onnx.json").read_text())
    nasty = "<img src=x onerror=document.title='broken'><b>bold</b>"
    said |= {"name": nasty, "summary": nasty}
    said["given"]["label"]["settings"]["names"][1] = nasty
    said["made"]["image"]["kind"] = "smell"
    said["given"]["audio"]["kind"] = "smell"
    (folder / "onnx.json").write_text(json.dumps(said))
    with opened(chromium, folder) as page:
        assert page.locator("h1").inner_text() == nasty
        assert page.title() == nasty
        assert page.locator("img, b").count() == 0
        assert page.get_by_text(nasty, exact=True).count() == 3
        assert page.get_by_text("This page cannot show samples of the kind smell").count() == 8
        assert page.get_by_text("This page cannot take values of the kind smell").count() == 1
