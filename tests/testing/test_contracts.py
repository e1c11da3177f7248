"""The core's own components keep the contracts; the plugins' are tested beside them."""

from mmgan_core.components.sources.digits import PACK
from mmgan_core.testing import contract_tests

HANDWRITING = str(PACK / "handwriting-train.parquet")
PAIR = [{"use": f"parquet:{PACK / name}-train.parquet"} for name in ("handwriting", "speech")]

test_contract = contract_tests(
    "core",
    {
        "core/parquet": [
            {"path": HANDWRITING},
            {"path": HANDWRITING, "limit": 20},
            {"path": HANDWRITING, "streamed": {"window": 50}},
        ],
        "core/mixed": [{"mix": [{**PAIR[0], "weight": 2}, PAIR[0]]}],
        "core/paired": [{"sources": PAIR, "pair_on": "label"}],
    },
)
