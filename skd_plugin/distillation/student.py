"""The student of a distillation: what can be one, and its distributions outside of a training step."""

from typing import Any, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance
from allennlp.nn.util import move_to_device

from skd_plugin.models import StructuredModel
from skd_plugin.structures import Factorization


def structured(model: Any) -> StructuredModel:
    """The model. Raises `ConfigurationError` if it cannot be taught."""
    if not isinstance(model, StructuredModel):
        raise ConfigurationError(
            f"The student is a {type(model).__name__}, which gives no distribution over structures, so it cannot be "
            "taught by skd_distiller. Use a model of this plugin, such as skd_maxent_tagger."
        )
    return model


def factorize(student: StructuredModel, instances: Sequence[Instance], device: torch.device) -> Factorization:
    """The student's distributions for these sentences, in evaluation mode and without gradient."""
    batch = Batch(instances)
    batch.index_instances(student.vocab)
    tensors = move_to_device(batch.as_tensor_dict(), device)
    training = student.training
    with torch.no_grad():
        factorization = student.eval().factorize(tensors["tokens"], tensors.get("metadata"))
    student.train(training)
    return factorization
