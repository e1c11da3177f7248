"""YAML is read alike with and without the reader in C, and what cannot be read is no YAML."""

from __future__ import annotations

import pytest
import yaml

from mmgan_core.foundation.yaml_text import from_yaml


@pytest.mark.parametrize("text", ["a: [1, 2.5, x]", "a: &b [1]\nc: *b", 'a: "\\ud800"', "", "~"])
def test_it_is_read_as_by_the_reader_in_python(text: str) -> None:
    assert from_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_what_is_nested_too_deeply_is_no_yaml(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        from_yaml(text)


@pytest.mark.parametrize("text", ["a: [", "!!python/object/apply:os.system [ls]", "\x00"])
def test_what_is_no_plain_data_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        from_yaml(text)
