"""The Hub for the tests of the Hub."""

from .fixture import hub as hub
