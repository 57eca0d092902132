"""The module that AllenNLP imports as a plugin: it imports everything that registers something with AllenNLP."""

import skd_plugin.cards
import skd_plugin.commands
import skd_plugin.compat.patches
import skd_plugin.data
import skd_plugin.distillation
import skd_plugin.inputs
import skd_plugin.models
import skd_plugin.predictors
import skd_plugin.training  # noqa: F401
