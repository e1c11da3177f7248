"""The quick tests that defend each module; they should run in a second or two."""

from __future__ import annotations

_TRAINING, _T = "mmgan_core/training", "tests/training"
_FILES = f"{_T}/test_files_by_hand.py"
_EVALUATED_ENTRY = "tests/evaluation/test_evaluated_entry_by_hand.py"
_GAN = "tests/core/test_gan_by_hand.py"
_FUSIONS = "tests/components/test_fusions_by_hand.py"
_METRICS = "tests/evaluation/test_metrics_by_hand.py"
_OBJECTIVES, _O = "plugins/mmgan-objectives/src/mmgan_objectives", "plugins/mmgan-objectives/tests"
_OBJECTIVES_BY_HAND = f"{_O}/test_objectives_by_hand.py"
_ALIGNMENTS = f"{_O}/test_alignments.py"
_EXAMPLES = f"{_O}/test_examples.py"
_AUXILIARY = f"{_O}/test_auxiliary_losses.py"

# Modules that take long to import; they are imported once, before anything is tested.
PRELOADED = (
    "torch",
    "torch._dynamo",
    "torch.utils.data",
    "torch.distributions",
    "numpy",
    "accelerate",
    "jinja2",
    "yaml",
    "pydantic",
    "pyarrow",
    "rich.progress",
    "safetensors.torch",
    "PIL.Image",
    "pytest",
    "huggingface_hub",
    "mmgan_core.contracts",
    "mmgan_core.recipe.schema",
    "mmgan_core.recipe.training_keys",
)

# Helpers that several of the tests use.
HELPERS = (f"{_T}/by_hand.py",)

DEFENDERS: dict[str, tuple[str, ...]] = {
    f"{_TRAINING}/ema.py": (f"{_T}/test_ema_by_hand.py",),
    f"{_TRAINING}/trainer.py": (f"{_T}/test_step_by_hand.py",),
    f"{_TRAINING}/phases.py": (f"{_T}/test_phases_by_hand.py",),
    f"{_TRAINING}/augmenting.py": (f"{_T}/test_augmenting_by_hand.py",),
    f"{_TRAINING}/processes.py": (f"{_T}/test_processes_by_hand.py",),
    "mmgan_core/foundation/randomness.py": (f"{_T}/test_randomness_by_hand.py",),
    f"{_TRAINING}/masks.py": (f"{_T}/test_small_parts_by_hand.py",),
    f"{_TRAINING}/matching_aware.py": (
        f"{_T}/test_small_parts_by_hand.py",
        f"{_T}/test_matching_aware.py",
    ),
    f"{_TRAINING}/auxiliary_classifier.py": (f"{_T}/test_small_parts_by_hand.py",),
    f"{_TRAINING}/learning.py": (f"{_T}/test_small_parts_by_hand.py",),
    "mmgan_core/foundation/files.py": (
        "tests/core/test_files.py",
        "tests/data/test_prepared_by_hand.py",
        _FILES,
    ),
    "mmgan_core/foundation/memory_layout.py": ("tests/core/test_memory_layout.py",),
    "mmgan_core/assembly/columns.py": ("tests/data/test_feed_by_hand.py",),
    "mmgan_core/health/words.py": (
        f"{_T}/test_small_parts_by_hand.py",
        "tests/health/test_words.py",
    ),
    f"{_TRAINING}/pace.py": (f"{_T}/test_pace.py",),
    "mmgan_core/runs/changes.py": ("tests/core/test_run_changes.py",),
    f"{_TRAINING}/run.py": (f"{_T}/test_run_by_hand.py",),
    "mmgan_core/runs/checkpoint.py": (_FILES,),
    f"{_TRAINING}/display.py": (_FILES,),
    "mmgan_core/plugins/events.py": (_FILES,),
    f"{_TRAINING}/fine_tuning.py": (f"{_T}/test_fine_tuning_by_hand.py", _FILES),
    f"{_TRAINING}/interruption.py": (_FILES,),
    "mmgan_core/runs/run_directory.py": (_FILES,),
    f"{_TRAINING}/tensorboard.py": (_FILES,),
    f"{_TRAINING}/preview.py": (f"{_T}/test_preview_by_hand.py",),
    "mmgan_core/recipe/schedule.py": ("tests/core/test_schedule_by_hand.py",),
    "mmgan_core/assembly/gan.py": (_GAN,),
    "mmgan_core/contracts/condition.py": (_GAN,),
    "mmgan_core/contracts/masked.py": (_GAN,),
    "mmgan_core/contracts/auxiliary_loss.py": (_GAN,),
    "mmgan_core/foundation/boxes.py": ("tests/core/test_boxes_by_hand.py",),
    "mmgan_core/components/presence.py": (_FUSIONS,),
    "mmgan_core/components/concatenation.py": (_FUSIONS,),
    "mmgan_core/components/product_of_experts.py": (_FUSIONS,),
    "plugins/mmgan-image/src/mmgan_image/augment/cutmix.py": (
        "plugins/mmgan-image/tests/test_cutmix_by_hand.py",
        "plugins/mmgan-image/tests/test_cutmix.py",
    ),
    "mmgan_core/runs/measurements.py": ("tests/core/test_measurements.py",),
    "mmgan_core/reports/plots.py": ("tests/reports/test_plots.py",),
    "mmgan_core/reports/health_strip.py": ("tests/reports/test_health_strip.py",),
    "mmgan_core/assembly/opening.py": ("tests/data/test_opening_by_hand.py",),
    "mmgan_core/data/pairing.py": ("tests/data/test_pairing_by_hand.py",),
    "mmgan_core/data/feed.py": ("tests/data/test_feed_by_hand.py",),
    "mmgan_core/data/prepared.py": (
        "tests/data/test_prepared_by_hand.py",
        "tests/data/test_larger_than_memory.py",
    ),
    "mmgan_core/components/condition_accuracy.py": (_METRICS,),
    "mmgan_core/components/coverage.py": (_METRICS,),
    "mmgan_core/components/frechet.py": (_METRICS,),
    "mmgan_core/components/memorisation.py": (_METRICS,),
    "mmgan_core/evaluation/evaluator.py": ("tests/evaluation/test_evaluator_by_hand.py",),
    "mmgan_core/evaluation/evaluated_entry.py": (_EVALUATED_ENTRY,),
    "mmgan_core/evaluation/classification.py": (_EVALUATED_ENTRY,),
    "mmgan_core/evaluation/matching.py": ("tests/evaluation/test_matching.py",),
    "mmgan_core/assembly/measurable.py": ("tests/evaluation/test_measurable.py",),
    "mmgan_core/evaluation/measure.py": ("tests/evaluation/test_measurable.py",),
    "mmgan_core/evaluation/evaluate.py": ("tests/evaluation/test_evaluate_by_hand.py",),
    f"{_OBJECTIVES}/anchor.py": (_OBJECTIVES_BY_HAND, _EXAMPLES, _ALIGNMENTS),
    f"{_OBJECTIVES}/contrastive.py": (_OBJECTIVES_BY_HAND, _EXAMPLES, _ALIGNMENTS),
    f"{_OBJECTIVES}/feature_matching.py": (_AUXILIARY, _EXAMPLES),
    f"{_OBJECTIVES}/finite_difference.py": (
        _OBJECTIVES_BY_HAND,
        _EXAMPLES,
        f"{_O}/test_penalties.py",
    ),
    f"{_OBJECTIVES}/gradient_penalty.py": (_OBJECTIVES_BY_HAND,),
    f"{_OBJECTIVES}/hinge.py": (_OBJECTIVES_BY_HAND, f"{_O}/test_losses.py"),
    f"{_OBJECTIVES}/instance_noise.py": (_OBJECTIVES_BY_HAND, _ALIGNMENTS),
    f"{_OBJECTIVES}/least_squares.py": (f"{_O}/test_losses.py",),
    f"{_OBJECTIVES}/mixup.py": (_OBJECTIVES_BY_HAND, _EXAMPLES, f"{_O}/test_mixup.py"),
    f"{_OBJECTIVES}/mode_seeking.py": (_AUXILIARY, _EXAMPLES),
    f"{_OBJECTIVES}/non_saturating.py": (_OBJECTIVES_BY_HAND, f"{_O}/test_losses.py"),
    f"{_OBJECTIVES}/places.py": (_OBJECTIVES_BY_HAND,),
    f"{_OBJECTIVES}/plugin.py": (_OBJECTIVES_BY_HAND,),
    f"{_OBJECTIVES}/r1.py": (f"{_O}/test_penalties.py",),
    f"{_OBJECTIVES}/r2.py": (f"{_O}/test_penalties.py",),
    f"{_OBJECTIVES}/reconstruction.py": (_AUXILIARY, _EXAMPLES),
    f"{_OBJECTIVES}/relativistic.py": (f"{_O}/test_losses.py",),
    f"{_OBJECTIVES}/slope.py": (_OBJECTIVES_BY_HAND,),
    f"{_OBJECTIVES}/wasserstein.py": (f"{_O}/test_losses.py",),
}
