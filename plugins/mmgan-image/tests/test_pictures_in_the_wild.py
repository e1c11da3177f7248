"""Pictures with broken metadata, deep greys and lying headers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mmgan_core import BadValue
from mmgan_core.contracts import Column
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.modality.picture import decode_picture

COLUMN = Column("image", "image")
RGB = np.random.default_rng(0).integers(0, 256, (12, 8, 3), dtype=np.uint8)


def encoded(picture: Image.Image, ending: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, ending, **options)
    return file.getvalue()


def exif_of(*entries: tuple[int, int, int, bytes], extra: bytes = b"") -> bytes:
    """EXIF with these entries: tag, type, count, and the four bytes of the value."""
    body = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    return b"Exif\0\0" + head + body + struct.pack("<I", 0) + extra


def chunk(kind: bytes, body: bytes, *, wrong: int = 0) -> bytes:
    sums = zlib.crc32(kind + body) ^ wrong
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", sums)


def with_chunk(png: bytes, *chunks: bytes) -> bytes:
    at = 8 + 25  # after IHDR
    return png[:at] + b"".join(chunks) + png[at:]


def test_a_float_where_text_belongs_in_exif_costs_no_picture_and_no_training() -> None:
    odd = exif_of((0x010F, 11, 1, struct.pack("<f", 1.5)), (0x0112, 3, 1, struct.pack("<HH", 6, 0)))
    data = encoded(Image.fromarray(RGB), "JPEG", exif=odd)
    assert decode_picture(data).size == (12, 8)  # turned, too


def test_mutated_exif_never_costs_the_pixels() -> None:
    sound = exif_of(
        (0x010F, 2, 4, b"abc\0"),
        (0x0112, 3, 1, struct.pack("<HH", 6, 0)),
        (0x8769, 4, 1, struct.pack("<I", 8)),
    )
    random = np.random.default_rng(1)
    for _ in range(300):
        broken = bytearray(sound)
        for at in random.integers(6, len(sound), 3):
            broken[at] = random.integers(0, 256)
        data = encoded(Image.fromarray(RGB), "JPEG", exif=bytes(broken))
        assert sorted(decode_picture(data).size) == [8, 12]


@pytest.mark.parametrize(
    "chunks",
    [
        [chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 80_000_000))],
        [chunk(b"tEXt", b"hello\0world", wrong=1)],
        [chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b" * 3_000_000))],
        [chunk(b"gAMA", b"")],
        [chunk(b"pHYs", b"\0")],
        [chunk(b"cHRM", b"12345")],
        [chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")],
        [chunk(b"iTXt", b"\0")],
        [chunk(b"acTL", b"\0\0")],
    ],
)
def test_png_chunks_that_hold_no_pixels_never_cost_them(chunks: list[bytes]) -> None:
    data = with_chunk(encoded(Image.fromarray(RGB), "PNG"), *chunks)
    assert np.array_equal(np.asarray(decode_picture(data)), RGB)


def test_a_webp_with_broken_exif_keeps_its_pixels() -> None:
    data = encoded(Image.fromarray(RGB), "WEBP", lossless=True, exif=exif_of()[6:])
    broken = data.replace(b"II*\0", b"II*\xff")
    assert np.array_equal(np.asarray(decode_picture(broken)), RGB)


def test_whatever_a_decoder_raises_is_a_bad_value_with_the_name_of_the_file(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "odd.png"
    file.write_bytes(encoded(Image.fromarray(RGB), "PNG"))

    def broken(*_: object) -> None:
        raise AssertionError("a decoder's own")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", broken)
    with pytest.raises(BadValue, match=r"odd\.png cannot be decoded: a decoder's own"):
        decode_picture(file)


def test_a_decoded_picture_is_not_turned_again() -> None:
    turned = exif_of((0x0112, 3, 1, struct.pack("<HH", 6, 0)))
    once = decode_picture(encoded(Image.fromarray(RGB), "JPEG", exif=turned))
    assert np.array_equal(np.asarray(decode_picture(once)), np.asarray(once))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations_turn_as_pillow_turns_them(orientation: int) -> None:
    from PIL import ImageOps

    data = encoded(
        Image.fromarray(RGB),
        "JPEG",
        exif=exif_of((0x0112, 3, 1, struct.pack("<HH", orientation, 0))),
    )
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(np.asarray(decode_picture(data)), np.asarray(wanted))


def tiff(values: object) -> bytes:
    return encoded(Image.fromarray(np.asarray(values)), "TIFF")


def prepared(columns: list[bytes]) -> np.ndarray:
    options = {"height": 4, "width": 4, **ImageModality.suggest(COLUMN, columns)}
    return ImageModality(ImageOptions.model_validate(options)).prepare(columns).numpy()[:, 0]


def test_scans_of_twelve_bits_have_their_whole_brightness() -> None:
    dark, bright = (np.full((4, 4), level, np.uint16) for level in (0, 4095))
    assert [row.mean() for row in prepared([tiff(dark), tiff(bright)])] == [0, 255]


def test_signed_scans_span_from_their_least_value_to_the_largest() -> None:
    rows = [np.full((4, 4), level, np.int32) for level in (-1000, 0, 1000)]
    assert [row.mean() for row in prepared([tiff(row) for row in rows])] == [0, 128, 255]


def test_one_scale_holds_for_a_column_so_255_and_256_are_neighbours() -> None:
    rows = [np.full((4, 4), level, np.int32) for level in (255, 256, 511)]
    assert [row.mean() for row in prepared([tiff(row) for row in rows])] == [127, 128, 255]


def test_a_number_that_is_none_makes_one_pixel_black_and_not_the_picture() -> None:
    level = np.full((4, 4), 0.5, np.float32)
    level[0, 0] = np.nan
    (row,) = prepared([tiff(level)])
    assert row[0, 0] == 0
    assert (row.flatten()[1:] == 128).all()


def test_a_deep_picture_without_any_number_is_bad() -> None:
    with pytest.raises(BadValue, match="no finite number"):
        decode_picture(tiff(np.full((4, 4), np.nan, np.float32)))


def test_what_init_writes_says_the_scale_of_brightness() -> None:
    options, said = ImageModality.start(COLUMN, [tiff(np.full((4, 4), 3000, np.uint16))], 64)
    assert options["levels"] == (0.0, 4095.0)
    assert "4095 is white" in said


def test_a_column_of_eight_bits_has_no_scale() -> None:
    assert "levels" not in ImageModality.suggest(COLUMN, [encoded(Image.fromarray(RGB), "PNG")])


def header_only(width: int, height: int) -> bytes:
    """A PNG that promises much and holds nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_what_a_header_promises_is_not_allocated() -> None:
    with pytest.raises(BadValue, match="megapixels, but has only"):
        decode_picture(header_only(12_000, 12_000))


def test_a_photo_of_108_megapixels_is_read_and_the_bound_is_an_option() -> None:
    data = encoded(Image.new("L", (12_000, 9_000), 200), "JPEG", quality=10)
    options = {"channels": 1, "height": 4, "width": 4}
    whole = ImageModality(ImageOptions.model_validate(options))
    assert abs(float(whole.prepare([data]).float().mean()) - 200) < 4
    bounded = ImageModality(ImageOptions.model_validate({**options, "max_megapixels": 100}))
    with pytest.raises(BadValue, match="max_megapixels: 100"):
        bounded.prepare([data])


def mask_of(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size, 0)
    mask.paste(255, box)
    return mask


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_single_pixel_of_a_mask_makes_a_place_missing(fit: str) -> None:
    modality = ImageModality(ImageOptions.model_validate({"height": 7, "width": 7, "fit": fit}))
    photo = Image.new("RGB", (560, 560))
    masks = modality.prepare_masks([mask_of((560, 560), (85, 167, 86, 168))], [photo])
    assert masks[0, 0].nonzero().tolist() == [[2, 1]]


def test_a_thin_scratch_is_missing_wherever_it_runs() -> None:
    modality = ImageModality(ImageOptions.model_validate({"height": 28, "width": 28}))
    photo = Image.new("RGB", (560, 560))
    masks = modality.prepare_masks([mask_of((560, 560), (0, 0, 6, 560))], [photo])
    assert masks[0, 0, :, 0].all()
    assert not masks[0, 0, :, 1:].any()


def test_a_hole_outside_of_what_the_model_sees_is_refused() -> None:
    modality = ImageModality(ImageOptions.model_validate({"height": 28, "width": 28}))
    with pytest.raises(BadValue, match="outside of what the model sees"):
        modality.prepare_masks(
            [mask_of((900, 300), (10, 10, 50, 50))], [Image.new("RGB", (900, 300))]
        )


def test_what_is_padded_is_never_missing() -> None:
    options = {"height": 8, "width": 8, "fit": "pad", "fill": 255}
    modality = ImageModality(ImageOptions.model_validate(options))
    masks = modality.prepare_masks([mask_of((8, 4), (0, 0, 1, 1))], [Image.new("RGB", (8, 4))])
    assert masks.sum() == 1
