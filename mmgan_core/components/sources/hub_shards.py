"""Parquet files of a data set on the Hugging Face Hub, of which only what is needed is fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmgan_core.errors import DataError

# The Hub writes Parquet files of most data sets into this branch itself.
_CONVERTED = "refs/convert/parquet"
# So much is fetched at once.
_BLOCK = 4 << 20


@dataclass(frozen=True)
class HubShard:
    """A file of a commit, which cannot change.

    Attributes:
        path: ``datasets/ORG/NAME@COMMIT/FILE``.
        size: its size in bytes.
    """

    path: str
    size: int

    def __str__(self) -> str:
        return f"hf:{self.path.removeprefix('datasets/')}"

    @property
    def stamp(self) -> str:
        """Its commit, name and size."""
        return f"{self.path}:{self.size}"

    @property
    def folder(self) -> Path | None:
        """None: it is not on this machine."""
        return None

    def opened(self) -> object:
        """The file, whose parts are fetched when they are read."""
        from huggingface_hub import HfFileSystem

        return HfFileSystem().open(self.path, "rb", block_size=_BLOCK)


def hub_shards(
    name: str, revision: str, config: str | None, patterns: Mapping[str, Sequence[str]]
) -> dict[str, list[HubShard]]:
    """The Parquet files of a data set, by split.

    Args:
        name: ``ORG/NAME``.
        revision: a branch, a tag or a commit; "" for the newest.
        config: the configuration, which is the folder that its files lie in; None for the only one.
        patterns: for each split, patterns of its files' paths; the first that fits counts.

    Raises:
        DataError: if it cannot be reached, or has no such file.
    """
    from huggingface_hub import HfApi

    where = f"hf:{name}{'@' * bool(revision)}{revision}"
    try:
        found = HfApi().dataset_info(name, revision=revision or None, files_metadata=True)
    except Exception as error:  # what a client may raise cannot be listed
        raise DataError(
            f"{where} cannot be reached: {type(error).__name__}: {error}",
            hint="check the name and the network; a private one needs `hf auth login`",
        ) from None
    files = {
        PurePosixPath(file.rfilename): int(file.size or 0)
        for file in sorted(found.siblings or (), key=lambda one: one.rfilename)
        if file.rfilename.endswith(".parquet")
    }
    folders = {file.parts[0] for file in files if len(file.parts) > 1} - {"data"}
    if config is not None:
        files = {file: size for file, size in files.items() if config in file.parts[:-1]}
    if not files:
        raise DataError(
            f"{where} has no Parquet files{f' of {config!r}' * bool(config)}, which alone can be "
            "streamed",
            hint=f"try hf:{name}@{_CONVERTED}, where the Hub itself puts them",
        )
    if config is None and len(folders) > 1:
        raise DataError(
            f"{where} has several configurations", hint=f"config: {', '.join(sorted(folders))}"
        )
    shards: dict[str, list[HubShard]] = {}
    for split, fitting in patterns.items():
        for pattern in fitting:
            chosen = [file for file in files if file.match(pattern)]
            if chosen:
                root = f"datasets/{name}@{found.sha}"
                shards[split] = [HubShard(f"{root}/{file}", files[file]) for file in chosen]
                break
    return shards
