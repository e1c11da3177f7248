"""Every component keeps its contract."""

from mmgan_core.testing import contract_tests

test_contract = contract_tests("echo")
