"""Text for mmgan-zoo."""

from mmgan_text.learned_tokenizer import train_tokenizer as train_tokenizer

__all__ = ["train_tokenizer"]
