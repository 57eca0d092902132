"""Registers classes of this plugin under names of AllenNLP."""

import logging
from typing import Callable, Type, TypeVar

from allennlp.common.registrable import Registrable

Kind = TypeVar("Kind", bound=Type[Registrable])


def replace(base: Type[Registrable], name: str) -> Callable[[Kind], Kind]:
    """Registers a class in place of AllenNLP's of that name, without the line that AllenNLP would log at each start."""

    def register(kind: Kind) -> Kind:
        logger = logging.getLogger("allennlp.common.registrable")
        level = logger.level
        logger.setLevel(logging.WARNING)
        try:
            base.register(name, exist_ok=True)(kind)
        finally:
            logger.setLevel(level)
        return kind

    return register
