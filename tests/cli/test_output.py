"""Tables on a terminal and in a pipe."""

import pytest

from mmgan_core.cli.output import print_table

ROWS = [
    ("image/r3", "Residual generator of R3GAN, without any normalisation of its own"),
    ("audio/mel-canvas", "Residual generator of log-mel canvases of any size, [bold]or[/bold] so"),
]


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_long_cells_wrap_between_words_below_their_own_column(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    print_table("generator", ROWS)
    assert lines(capsys) == [
        "generator",
        "  image/r3          Residual generator of R3GAN,",
        "                    without any normalisation of",
        "                    its own",
        "  audio/mel-canvas  Residual generator of log-mel",
        "                    canvases of any size,",
        "                    [bold]or[/bold] so",
    ]


def test_nothing_is_wrapped_or_cut_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr("sys.__stdout__", None)  # what is asked for a terminal's size
    long = "a word " * 500 + "end"
    print_table("", [("one", long), ("three", "")])
    assert lines(capsys) == [f"  one    {long}", "  three"]


def test_a_word_without_room_is_all_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    path = "/somewhere/" + "deep/" * 12
    print_table("", [("cache", path)])
    print_table("", [("cache", path, "ok")])
    assert "".join(lines(capsys)).replace(" ", "").count(path) == 2


def test_a_head_stands_above_its_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table("", [("a", "1"), ("long name", "22")], head=("name", "n"))
    assert lines(capsys) == ["  name       n", "  a          1", "  long name  22"]


def test_without_rows_only_the_title(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("models", [])
    assert lines(capsys) == ["models"]


def test_where_other_columns_leave_little_room_the_last_stands_below(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "46")
    rows = [
        ("digits", "text, audio, label -> image", "1.4 MB", "Digits drawn from a word or a label."),
        ("emoji", "caption -> image", "2.9 MB", "Emoji from a caption, by a vendor's style."),
    ]
    print_table("models", rows)
    assert lines(capsys) == [
        "models",
        "  digits  text, audio, label -> image  1.4 MB",
        "    Digits drawn from a word or a label.",
        "  emoji   caption -> image             2.9 MB",
        "    Emoji from a caption, by a vendor's style.",
    ]
    monkeypatch.setenv("COLUMNS", "40")
    print_table("models", rows)
    assert lines(capsys)[1:4] == [
        "  digits  text, audio, label ->   1.4 MB",
        "          image",
        "    Digits drawn from a word or a label.",
    ]
