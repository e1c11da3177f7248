"""Secrets: what looks like a token, a key or a password is never published.

The forms are those that the services document. detect-secrets, the scanner that is best kept, knows
neither Google's keys, nor those of Weights & Biases or of the Hub.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_FORMS = {
    "a Hugging Face token": r"\b(?:hf|api_org)_[A-Za-z0-9]{20,}",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{40,}",
    "a GitLab token": r"\bgl(?:pat|dt|rt|ptt|soat)-[\w-]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b",
    "a secret of AWS": r"(?i)aws.{0,30}(?:secret|key).{0,10}[\"'=: ][0-9a-zA-Z/+]{40}\b",
    "an API key": r"\bsk-[A-Za-z0-9_-]{24,}",
    "a key of Stripe": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{20,}",
    "a Slack webhook": r"hooks\.slack\.com/(?:services|workflows)/[\w/]{20,}",
    "a Google key": r"\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}",
    "a wandb key": r"\bwandb_v\d_[\w-]{30,}|(?i:wandb)[^\n]{0,60}?\b[0-9a-f]{40}\b",
    "a key of Azure": r"AccountKey=[A-Za-z0-9+/=]{40,}|SharedAccessSignature=\S{20,}",
    "a token of npm or PyPI": r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[\w-]{40,}",
    "a SendGrid key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}",
    "a Discord or Telegram token": (
        r"\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}|\b\d{8,10}:AA[\w-]{33}\b"
    ),
    "a JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a password in an address": r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{0,80}:[^\s/@\"']{3,}@\w",
    "a password": (
        r"(?i)\b(?:password|passwd|api[_-]?key|secret[_-]?key|access[_-]?token|auth[_-]?token)"
        r"[\"']?\s*[:=]\s*[\"']?[^\s\"',{}\[\]]{8,}"
    ),
}
_SECRET_NAMES = re.compile("TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)


def secret_in(file: Path) -> str:
    """Return what a file holds that looks like a secret; "" for nothing."""
    content = _header(file) if file.suffix == ".safetensors" else file.read_bytes()
    own = _own_secrets()
    for text in _texts(content):
        found = next((what for what, form in _FORMS.items() if re.search(form, text)), "")
        found = next((name for name, value in own.items() if value in text), found)
        if found:
            return found
    return ""


def _header(file: Path) -> bytes:
    """The names and notes in a file of tensors; their numbers are no text."""
    with file.open("rb") as stream:
        return stream.read(min(int.from_bytes(stream.read(8), "little"), 16_000_000))


def _texts(content: bytes) -> Iterator[str]:
    yield content.decode("utf-8", errors="replace")
    if b"\0" in content:  # texts in two bytes a letter, from either of them on
        for encoding, start in (("utf-16-le", 0), ("utf-16-be", 0), ("utf-16-le", 1)):
            yield content[start:].decode(encoding, errors="replace")


def _own_secrets() -> dict[str, str]:
    from huggingface_hub import get_token

    found = {
        f"the value of your variable {name}": value
        for name, value in os.environ.items()
        if _SECRET_NAMES.search(name) and len(value) >= 12 and "/" not in value[:1]
    }
    token = get_token()
    return {**found, "your own token": token} if token else found
