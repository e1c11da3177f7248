"""Trainings of the tests are not tracked, though the plugin may be installed."""

import os

os.environ.setdefault("MMGAN_TRACKIO", "0")
pytest_plugins = ["scripts.slowest_files"]
