"""The illnesses that training watches for; where several hold, the first is the word.

The limits were set by hand from the trainings of ``benchmarks/illnesses.py``, the ill ones and the
healthy ones.
"""

from __future__ import annotations

from mmgan_core.health import remedies
from mmgan_core.health.illness import Illness

ILLNESSES: tuple[Illness, ...] = (
    Illness(
        "condition unbounded",
        "condition_size",
        "size of a number of the condition",
        "the condition has grown so large that the noise beside it no longer counts",
        "bound the condition in the fusion, or lower the learning rate of what encodes it",
        (
            remedies.bound_condition,
            remedies.lower_high_rates,
            remedies.change_rates(0.1, 0.1),
        ),
        high=10,
        explains_others=True,
    ),
    Illness(
        "units dead",
        "dead_units",
        "share of the generator's units without a gradient",
        "most units of the generator no longer learn: their output does not change the loss",
        "lower the learning rate, and train anew: dead units do not come back",
        (remedies.lower_high_rates, remedies.change_rates(0.1, 0.1)),
        high=0.5,
        explains_others=True,
    ),
    Illness(
        "standing still",
        "movement",
        "how far weights have moved from their average",
        "the generator's weights hardly move",
        "raise the learning rate",
        (remedies.usual_rates,),
        low=1e-3,
        explains_others=True,
    ),
    Illness(
        "exploding",
        "diversity",
        "diversity",
        "made samples vary over four times as much as real ones",
        "let both networks learn equally fast, add penalties, set train.clip_gradient, or lower "
        "the learning rates",
        (
            remedies.together(remedies.level_rates, remedies.add_penalties),
            remedies.clip,
            remedies.change_rates(0.1, 0.1),
        ),
        high=4,
    ),
    Illness(
        "collapsing",
        "diversity",
        "diversity",
        "made samples vary less than a quarter as much as real ones",
        "look at the newest sheet; if its rows are alike and stay so, add or raise the penalties, "
        "lower the learning rate, or add the auxiliary loss objectives/mode-seeking",
        (
            remedies.level_rates,
            remedies.lower_high_rates,
            remedies.add_penalties,
            remedies.change_rates(0.1, 0.1),
        ),
        low=0.25,
    ),
    Illness(
        "D far ahead",
        "discriminator_accuracy",
        "discriminator accuracy",
        "the discriminator is right over 99 % of the time, so the generator learns little from it",
        "add or raise the penalties, lower the discriminator's learning rate, or augment",
        (
            remedies.together(remedies.level_rates, remedies.add_penalties),
            remedies.weigh_penalties(10),
            remedies.change_rates(discriminator=0.25),
        ),
        high=0.99,
        of_discriminator=True,
    ),
    Illness(
        "D lost",
        "discriminator_accuracy",
        "discriminator accuracy",
        "made samples look more real than real ones to the discriminator",
        "let both networks learn equally fast, lower the penalties or the generator's learning "
        "rate",
        (
            remedies.level_rates,
            remedies.weigh_penalties(0.1),
            remedies.change_rates(generator=0.25),
        ),
        low=0.35,
        of_discriminator=True,
    ),
    Illness(
        "condition ignored",
        "condition_followed",
        "share of the given classes that samples follow",
        "samples are not of the class that was asked for",
        "show given entries more often, refuse wrong conditions by matching_aware, or align the "
        "encoders",
        (
            remedies.show_conditions,
            remedies.match_conditions,
            remedies.add_penalties,
            remedies.usual_rates,
        ),
        low=0.5,
    ),
    Illness(
        "noise ignored",
        "variety",
        "variety within a condition",
        "samples of one condition are nearly alike, whatever the noise",
        "lower the weights of losses that leave no choice, such as objectives/reconstruction, or "
        "add objectives/mode-seeking",
        (remedies.weigh_auxiliary(0.01), remedies.add_mode_seeking),
        low=0.3,
    ),
    Illness(
        "memorising",
        "overfit",
        "how far held-out samples have gone from training samples towards made ones, to D",
        "the discriminator knows the training samples by heart: held-out real samples look made "
        "to it",
        "augment, take more data, or train for fewer samples",
        (remedies.augment, remedies.weigh_penalties(10)),
        high=0.4,
    ),
    Illness(
        "augmentation leaks",
        "leak",
        "share of the augmentation that is found in samples",
        "samples look as augmented as what the discriminator sees",
        "augment fewer rows, or by smaller changes",
        (remedies.augment_less,),
        high=0.5,
    ),
    Illness(
        "average lags",
        "average_behind",
        "distance of averaged samples from those of the newest weights",
        "samples of the averaged weights are far from those of the newest weights",
        "shorten train.ema.half_life, or lower the learning rate where the newest weights leap",
        (remedies.shorten_average,),
        high=1.0,
    ),
)
