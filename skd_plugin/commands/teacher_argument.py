"""How a teacher is given to a command: as an archive, or as what a config has among its `teachers`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.params import parse_overrides

if TYPE_CHECKING:
    from skd_plugin.distillation import TeacherModel

TEACHER_HELP = (
    "a model.tar.gz, or another teacher, as Jsonnet or in a file *.jsonnet: \"{ type: 'huggingface', model: 'PATH' }\""
)


def teacher_model(text: str, trusted_modules: Sequence[str] = ()) -> "TeacherModel":
    """
    The teacher that is meant, not loaded. Raises `ConfigurationError`.

    # Parameters

    text : `str`
        The path of an archive, Jsonnet, or the path of a Jsonnet file.
    trusted_modules : `Sequence[str]`, optional (default = `()`)
        Packages whose registered classes an archive may use, in addition to AllenNLP and this plugin.
    """
    # Late, because every `allennlp` command imports this module.
    from skd_plugin.distillation import ArchivedModel, Teacher

    options = _options(text)
    if options is None:
        return ArchivedModel(text, list(trusted_modules))
    if trusted_modules:
        options.setdefault("trusted_modules", list(trusted_modules))
    return Teacher.from_params(Params(options)).model


def with_store(text: str, store: Path) -> str:
    """What a config has among its `teachers` to learn from this store."""
    options = _options(text)
    return (
        f"{{ archive: '{text}', store: '{store}' }}" if options is None else json.dumps(options | {"store": str(store)})
    )


def _options(text: str) -> Optional[Dict[str, Any]]:
    """What a config has among its `teachers`; None if the text is the path of an archive."""
    is_file = Path(text).suffix in (".jsonnet", ".json")
    if not is_file and not text.lstrip().startswith("{"):
        return None
    if is_file and not Path(text).is_file():
        raise ConfigurationError(f"There is no file {text}, expected one that describes a teacher.")
    try:
        options: Dict[str, Any] = Params.from_file(text).as_dict(quiet=True) if is_file else parse_overrides(text)
    except RuntimeError as error:
        raise ConfigurationError(f"The teacher {text} is not Jsonnet ({str(error).strip()}).") from error
    return options
