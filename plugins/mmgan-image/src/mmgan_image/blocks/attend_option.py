"""The option by which generators and discriminators attend to the tokens of a condition."""

from __future__ import annotations

from pydantic import Field

from mmgan_core import BadValue, Options


class AttendOptions(Options):
    """The option of every network of pictures that can attend to tokens."""

    attend: int = Field(
        0,
        ge=0,
        description="read the condition's tokens at levels up to this short side, such as 16; "
        "0: the vector alone",
    )


def refuse_unseen_tokens(attend: int, conditioning: str) -> None:
    """Refuse tokens for a discriminator whose logits do not depend on the condition."""
    if attend and conditioning == "auxiliary":
        raise BadValue(
            "attend: with conditioning: auxiliary the logits do not depend on the condition; "
            "choose projection, or leave attend out"
        )
