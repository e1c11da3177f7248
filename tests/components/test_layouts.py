"""How data lie in the wild: 25 layouts, each read rightly or named with what to do."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mmgan_core.components.sources.folder import Folder, FolderOptions
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError


def png(level: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("L", (3, 2), level).save(file, "PNG")
    return file.getvalue()


def put(root: Path, *names: str, text: str = "") -> Path:
    """Make files; those that end in .png are pictures."""
    for number, name in enumerate(names):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(number) if name.endswith((".png", ".jpg")) else text.encode())
    return root


def table_of(path: Path, split: str = "train", **options: object) -> Table:
    (found,) = Folder(FolderOptions.model_validate({"path": str(path), **options})).tables(split)
    return found


def column(table: Table, name: str) -> list[object]:
    return table.values(name, range(len(table)))


def read(path: Path, **columns: list[object]) -> None:
    """The whole is these columns; files are not compared."""
    table = table_of(path, test_fraction=0)
    assert set(table.columns) == {"image", *columns}
    for name, values in columns.items():
        assert column(table, name) == values


def split(path: Path, train: int, test: int) -> None:
    assert [len(table_of(path, one)) for one in ("train", "test")] == [train, test]


def notes(path: Path) -> str:
    return "; ".join(table_of(path).notes)


def refused(path: Path, says: str, hint: str) -> None:
    with pytest.raises(DataError, match=says) as error:
        table_of(path)
    assert hint in (error.value.hint or "")


TWO = ("cat/1.png", "dog/2.png")


def image_folder(root: Path) -> None:
    read(put(root, *TWO), label=["cat", "dog"])


def image_folder_in_any_depth(root: Path) -> None:
    read(put(root, "cat/black/a/1.png", "dog/2.png"), label=["cat", "dog"])


def one_level_too_deep(root: Path) -> None:
    read(put(root, "archive/pets/cat/1.png", "archive/pets/dog/2.png"), label=["cat", "dog"])
    assert "all that is in" in notes(root)


def splits_one_level_too_deep(root: Path) -> None:
    split(put(root, "data/train/a/1.png", "data/train/b/1.png", "data/test/a/2.png"), 2, 1)


def one_folder_is_no_label(root: Path) -> None:
    read(put(root, "pictures/1.png", "pictures/2.png"))
    assert "not read as a label: the only folder, pictures/" in notes(root)


def training_and_testing(root: Path) -> None:
    split(put(root, "training/a/1.png", "training/b/1.png", "testing/a/1.png"), 2, 1)


def train_set_and_valid(root: Path) -> None:
    split(put(root, "Train_Set/1.png", "Train_Set/3.png", "valid/2.png"), 2, 1)


def train_test_and_validation(root: Path) -> None:
    split(put(root, "train/1.png", "val/2.png", "val/3.png", "test/4.png"), 1, 1)
    assert "not read: val/ beside train/" in notes(root)


def train_test_and_another(root: Path) -> None:
    split(put(root, "train/1.png", "test/2.png", "unsup/3.png"), 1, 1)
    assert "not read: unsup/" in notes(root)


def cyclegan(root: Path) -> None:
    put(root, "trainA/1.png", "trainB/2.png", "testA/3.png", "testB/4.png")
    refused(root, "trainA/ and trainB/", "pair_on: null")


def stylegan(root: Path) -> None:
    put(root, "00000/img1.png", "00001/img2.png")
    (root / "dataset.json").write_text(
        json.dumps({"labels": [["00000/img1.png", 6], ["00001/img2.png", 9]]})
    )
    read(root, label=["6", "9"])


def stylegan_without_labels(root: Path) -> None:
    put(root, "00000/img1.png", "00000/img2.png")
    (root / "dataset.json").write_text('{"labels": null}')
    read(root)
    assert "not read: dataset.json: its labels are null" in notes(root)


def captions_csv(root: Path) -> None:
    put(root, "images/1.png", "images/2.png")
    (root / "captions.csv").write_text("image,caption\n1.png,a cat\n2.png,a dog\n")
    read(root, caption=["a cat", "a dog"])
    assert "captions.csv, whose 'image' names the files" in notes(root)


def a_table_that_names_no_files(root: Path) -> None:
    put(root, "1.png", "2.png")
    (root / "measured.csv").write_text("when,what\n1,2\n")
    read(root)
    assert "not read: measured.csv: none of its columns names the files" in notes(root)


def json_of_objects(root: Path) -> None:
    put(root, "1.png", "2.png")
    rows = [{"id": "1", "tags": ["a", "b"]}, {"id": "2", "tags": ["b"]}]
    (root / "tags.json").write_text(json.dumps(rows))
    read(root, tags=[["a", "b"], ["b"]])


def json_by_name(root: Path) -> None:
    put(root, "1.png", "2.png")
    (root / "caption.json").write_text(json.dumps({"1.png": "one", "2.png": "two"}))
    read(root, caption=["one", "two"])


def jsonl_table(root: Path) -> None:
    put(root, "1.png", "2.png")
    (root / "x.jsonl").write_text('{"path": "./1.png", "n": "a"}\n{"path": "2.png", "n": "b"}\n')
    read(root, n=["a", "b"])


def a_table_beside_class_folders(root: Path) -> None:
    put(root, *TWO)
    (root / "c.csv").write_text("file,label\ncat/1.png,x\ndog/2.png,y\n")
    table = table_of(root, test_fraction=0)
    assert column(table, "label") == ["cat", "dog"]
    assert column(table, "c_label") == ["x", "y"]


def sidecar_texts(root: Path) -> None:
    put(root, "1.png", "2.png")
    put(root, "1.txt", text="a cat\n")
    read(root, text=["a cat", None])
    assert "1 files have none" in notes(root)


def annotations_that_are_not_read(root: Path) -> None:
    put(root, "1.png", "2.png", "1.xml", "2.xml")
    read(root)
    assert "not read: 2 .xml files" in notes(root)


def synology_and_mac(root: Path) -> None:
    put(root, *TWO, "cat/@eaDir/1.png/SYNO_THUMB.png", "__MACOSX/cat/._1.png", "#recycle/3.png")
    read(root, label=["cat", "dog"])


def pictures_at_two_depths(root: Path) -> None:
    read(put(root, "3.png", *TWO), label=[None, "cat", "dog"])
    assert "1 of 3 files lie in no class folder" in notes(root)


def ljspeech(root: Path) -> None:
    put(root, "wavs/LJ1.wav", "wavs/LJ2.wav")
    (root / "metadata.csv").write_text('LJ1|Said "it", in 1|Said it, in one\nLJ2|No|No\n')
    table = table_of(root, test_fraction=0)
    assert column(table, "audio") == [root / "wavs/LJ1.wav", root / "wavs/LJ2.wav"]
    assert column(table, "text") == ['Said "it", in 1', "No"]
    assert column(table, "normalised") == ["Said it, in one", "No"]


def zipped(root: Path) -> None:
    inner = put(root / "pets", *TWO)
    shutil.make_archive(str(root / "pets"), "zip", inner)
    table = table_of(root / "pets.zip", test_fraction=0)
    assert column(table, "image") == [png(0), png(1)]
    assert column(table, "label") == ["cat", "dog"]
    assert table.where(0).endswith("pets.zip/cat/1.png")


def zipped_with_splits_and_metadata(root: Path) -> None:
    inner = put(root / "in", "in/train/1.png", "in/test/2.png")
    for name, file in (("train", "1.png"), ("test", "2.png")):
        (inner / "in" / name / "metadata.csv").write_text(f"file_name,caption\n{file},words\n")
    shutil.make_archive(str(root / "all"), "zip", inner)
    assert column(table_of(root / "all.zip", "test"), "caption") == ["words"]
    assert column(table_of(root / "all.zip", "test"), "image") == [png(1)]


def webdataset(root: Path) -> None:
    for number, name in enumerate(("train-0000.tar", "train-0001.tar", "test-0000.tar")):
        with tarfile.open(root / name, "w") as tar:
            for ending, content in (
                ("jpg", png(number)),
                ("txt", f"caption {number}".encode()),
                ("cls", str(number % 2).encode()),
                ("json", json.dumps({"author": f"a{number}"}).encode()),
            ):
                info = tarfile.TarInfo(f"{number:04}.{ending}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    split(root, 2, 1)
    table = table_of(root)
    assert column(table, "image") == [png(0), png(1)]
    assert column(table, "text") == ["caption 0", "caption 1"]
    assert column(table, "label") == ["0", "1"]
    assert column(table, "author") == ["a0", "a1"]


def packed_tar(root: Path) -> None:
    inner = put(root / "pets", *TWO)
    file = Path(shutil.make_archive(str(root / "pets"), "gztar", inner))
    refused(file, "is packed", "unpack it")


def only_packed_inside(root: Path) -> None:
    put(root, "images.7z")
    refused(root, "holds no file", "unpack images.7z")


def pictures_and_sounds(root: Path) -> None:
    refused(put(root, "1.png", "1.wav"), "image and audio|audio and image", "image_file_name")


LAYOUTS = [
    image_folder,
    image_folder_in_any_depth,
    one_level_too_deep,
    splits_one_level_too_deep,
    one_folder_is_no_label,
    training_and_testing,
    train_set_and_valid,
    train_test_and_validation,
    train_test_and_another,
    cyclegan,
    stylegan,
    stylegan_without_labels,
    captions_csv,
    a_table_that_names_no_files,
    json_of_objects,
    json_by_name,
    jsonl_table,
    a_table_beside_class_folders,
    sidecar_texts,
    annotations_that_are_not_read,
    synology_and_mac,
    pictures_at_two_depths,
    ljspeech,
    zipped,
    zipped_with_splits_and_metadata,
    webdataset,
    packed_tar,
    only_packed_inside,
    pictures_and_sounds,
]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_a_layout_is_read_rightly_or_named(layout: Callable[[Path], None], tmp_path: Path) -> None:
    layout(tmp_path)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\3\4 no archive")
    refused(tmp_path / "x.zip", r"x\.zip cannot be read", "unpack it")


def test_a_damaged_member_is_one_bad_row(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("1.png", png(0))
        archive.writestr("2.png", png(1))
    content = (tmp_path / "x.zip").read_bytes()
    at = content.index(png(1)) + 20
    (tmp_path / "x.zip").write_bytes(content[:at] + b"\0\0\0\0" + content[at + 4 :])
    assert column(table_of(tmp_path / "x.zip", test_fraction=0), "image") == [png(0), b""]


def test_names_in_archives_do_not_lead_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../evil.png", png(0))
        archive.writestr("a.png", png(1))
    assert column(table_of(tmp_path / "x.zip", test_fraction=0), "image") == [png(1)]


@pytest.mark.parametrize(
    "table",
    [
        "file_name;caption\n1.png ;x\n",
        "sep=;\nfile_name;caption\n1.png;x\n",
        '"sep=,"\nfile_name,caption\n1.png,x\n',
        "file_name,caption\n.\\1.png,x\n",
        "file_name,caption\nsub\\..\\1.png ,x\n",
    ],
)
def test_what_other_systems_write_into_tables(table: str, tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    (tmp_path / "metadata.csv").write_text(table)
    read(tmp_path, caption=["x"])
    (file,) = column(table_of(tmp_path, test_fraction=0), "image")
    assert Path(str(file)).is_file()


def test_a_cell_may_be_longer_than_the_library_allows(tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    long = "word " * 40_000
    (tmp_path / "metadata.csv").write_text(f"file_name,caption\n1.png,{long}\n")
    read(tmp_path, caption=[long])


def test_rows_of_before_are_held_out_as_before(tmp_path: Path) -> None:
    """Held-out rows depend on paths below the folder that the recipe names."""
    put(tmp_path, *(f"in/{name}/{number}.png" for name in "ab" for number in range(30)))
    put(tmp_path / "flat", *(f"in/{number}.png" for number in range(30)))
    for path in (tmp_path / "in", tmp_path / "flat"):
        names = {str(file) for file in column(table_of(path, "test"), "image")}
        assert names
        assert not names & {str(f) for f in column(table_of(path), "image")}
