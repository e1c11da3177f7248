"""The one place that reads YAML: by the reader written in C, wherever PyYAML was built with it."""

import yaml

from mmgan_core.foundation.plain import Plain

# It is ten times as fast and just as safe.
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def from_yaml(text: str) -> Plain:
    """Read plain data; the caller knows what it should be, and checks text that others wrote.

    Raises:
        yaml.YAMLError: if the text is not YAML, or nested too deeply.
    """
    try:
        return _read(text, LOADER)
    except (yaml.YAMLError, UnicodeError):  # C knows no halves of surrogate pairs
        return _read(text, yaml.SafeLoader)


def _read(text: str, loader: type[yaml.SafeLoader]) -> Plain:
    try:
        found: Plain = yaml.load(text, Loader=loader)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    return found
