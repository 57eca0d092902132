"""Models that teach, loaded as a distillation loads them."""

from pathlib import Path
from typing import Union

import torch

from skd_plugin.distillation import ArchivedModel, TeacherModel
from skd_plugin.distillation.teachers.model import load_model


def fingerprint(archive: Union[str, Path]) -> str:
    return ArchivedModel(str(archive)).fingerprint()


def loaded(archive: Union[str, Path]) -> TeacherModel:
    """The model of an archive, on the CPU."""
    model = ArchivedModel(str(archive))
    return load_model(model, model.fingerprint(), torch.device("cpu"))
