"""The Hub's client in this process, turned to a server of ours."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from .server import Hub


def turn(patch: pytest.MonkeyPatch, hub: Hub, home: Path) -> None:
    """Settings that ``huggingface_hub`` reads from the environment once, when it is imported.

    Xet stays off: its session lives as long as the process, and would remember another server.

    Args:
        home: where the client keeps its files.
    """
    from huggingface_hub import constants, hf_api

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE"):
        patch.delenv(name, raising=False)
    for name, value in hub.environment(home).items():
        patch.setenv(name, value)
    settings: dict[str, object] = {
        "ENDPOINT": hub.endpoint,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_XET_CACHE": str(home / "xet"),
        "HF_ASSETS_CACHE": str(home / "assets"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
        "AGENT_HARNESSES_PATH": str(home / ".agent_harnesses.json"),
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_HUB_OFFLINE": False,
    }
    for name, setting in settings.items():
        # Not all are in every version; what is missing cannot be wrong.
        patch.setattr(constants, name, setting, raising=False)
    patch.setattr(hf_api.api, "endpoint", hub.endpoint)
    # Of the client's own call of its transport; pytest forgets the filter when the test ends.
    warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
