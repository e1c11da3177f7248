"""Plain data: what YAML and JSON can hold."""

from typing import Any, TypeAlias

Plain: TypeAlias = dict[str, Any]
"""A mapping of plain data, read by keys that only its reader knows."""
