"""Parts of networks that plugins of several modalities share."""

from mmgan_core.blocks.cross_attention import AttendingLevels, CrossAttention
from mmgan_core.blocks.masked_norm import batch_norm
from mmgan_core.blocks.token_match import MatchedLevel, TokenMatch

__all__ = ["AttendingLevels", "CrossAttention", "MatchedLevel", "TokenMatch", "batch_norm"]
