"""The core's own components keep the contracts; the plugins' are tested beside them."""

from mmgan_core.components.sources.digits import PACK
from mmgan_core.testing import contract_tests

HANDWRITING = str(PACK / "handwriting-train.parquet")
PAIR = [{"use": f"parquet:{PACK / name}-train.parquet"} for name in ("handwriting", "speech")]

test_contract = contract_tests(
    "core",
    {
        "core/parquet": [{"path": HANDWRITING}, {"path": HANDWRITING, "limit": 20}],
        "core/paired": [{"sources": PAIR, "pair_on": "label"}],
    },
)
