"""
Additions to AllenNLP's training loop.

Importing this package makes `skd_resume` and a check of labels default callbacks, registers the scheduler
`skd_linear_with_warmup`, and lets `allennlp find-lr` search with the loss that training will have.
"""

import skd_plugin.compat.patches  # noqa: F401
import skd_plugin.training.learning_rate_search  # noqa: F401
from skd_plugin.training.label_origin import LabelOrigin, check_every_training
from skd_plugin.training.randomness import preserved_randomness
from skd_plugin.training.resuming import ExactResuming, resume_exactly_by_default
from skd_plugin.training.warmup import LinearWithRelativeWarmup

__all__ = ["ExactResuming", "LabelOrigin", "LinearWithRelativeWarmup", "preserved_randomness"]

resume_exactly_by_default()
check_every_training()
