"""How the archives that tests share are trained: what each reads, and whether it learns the sentences by heart."""

from typing import Any, Dict, NamedTuple, Optional

TREES, ENTITIES = "fixtures/trees.conllu", "fixtures/ner.conll"
# Steps on all sentences at once. With any of a few seeds the loss is less than a third of what `check_learned` allows.
LEARNS = {
    "model.encoder.hidden_size": 24,
    "model.dropout": 0.0,
    "data_loader": {"batch_size": 99, "shuffle": True, "batches_per_epoch": 140},
    "validation_data_loader": {"batch_size": 99},
    "trainer.num_epochs": 1,
    "trainer.optimizer.lr": 0.05,
}
# For the configurations in `training_configs`, which are made for real corpora.
SHIPPED_LEARNS = {
    **LEARNS,
    "model.encoder.hidden_size": 64,
    "trainer.optimizer.lr": 0.01,
    "trainer.learning_rate_scheduler.warmup": 0.02,
    "trainer.validation_metric": "-loss",
    "trainer.cuda_device": -1,
    # A word that occurs once is learned too.
    "vocabulary.min_count.words": 1,
}
# For a student: what it has become in the last of these epochs is far from what it was in the first.
MANY_STEPS = {
    **LEARNS,
    "data_loader": {"batch_size": 99, "shuffle": True, "batches_per_epoch": 40},
    "trainer.num_epochs": 3,
}
BRIEFLY = {"trainer.num_epochs": 1, "trainer.learning_rate_scheduler": None}
WORDS_AND_CHARACTERS = {
    "dataset_reader.token_indexers": {
        "tokens": {"type": "single_id", "lowercase_tokens": True},
        "characters": {"type": "characters", "namespace": "token_characters", "min_padding_length": 3},
    },
    "model.text_field_embedder.token_embedders": {
        "tokens": {"type": "embedding", "embedding_dim": 8},
        "characters": {
            "type": "character_encoding",
            "embedding": {"embedding_dim": 4, "vocab_namespace": "token_characters"},
            "encoder": {"type": "cnn", "embedding_dim": 4, "num_filters": 4, "ngram_filter_sizes": [2, 3]},
        },
    },
    "model.encoder.input_size": 16,
}
WORDS_AND_UPOS = {
    "dataset_reader.encoding": "relative_pos",
    "dataset_reader.token_indexers": {
        "tokens": {"type": "single_id"},
        "upos": {"type": "single_id", "feature_name": "pos_", "namespace": "upos", "default_value": "_"},
    },
    "model.encoding": "relative_pos",
    "model.text_field_embedder.token_embedders": {
        "tokens": {"type": "embedding", "embedding_dim": 6},
        "upos": {"type": "embedding", "embedding_dim": 2, "vocab_namespace": "upos"},
    },
}
FEEDFORWARD = {"input_dim": 48, "num_layers": 1, "hidden_dims": 32, "activations": "relu"}


class Recipe(NamedTuple):
    """
    How an archive is trained.

    # Parameters

    config : `str`
        The name of a configuration in `tests/distillation/configs`.
    overrides : `Dict[str, Any]`
    learns : `str`, optional (default = `None`)
        TREES or ENTITIES, which the model learns by heart; None if its weights do not matter.
    reads_transformer : `bool`, optional (default = `False`)
        Whether its words come from the tiny transformer of the tests.
    """

    config: str
    overrides: Dict[str, Any]
    learns: Optional[str] = None
    reads_transformer: bool = False


def tagger(learns: str, **overrides: Any) -> Recipe:
    return Recipe("tagger", {**LEARNS, **overrides}, learns)


def parser(**overrides: Any) -> Recipe:
    return Recipe("parser", {**LEARNS, **overrides}, TREES)


RECIPES = {
    "ner": tagger(ENTITIES, **WORDS_AND_CHARACTERS),
    "crf": tagger(ENTITIES, **{"model.type": "skd_crf_tagger", "model.feedforward": FEEDFORWARD}),
    "span": tagger(ENTITIES, **{"model.type": "skd_span_ner", "model.span_dim": 8}),
    "upos": tagger(TREES, dataset_reader={"type": "skd_conllu", "tags": "upos"}),
    "xpos": tagger(TREES, dataset_reader={"type": "skd_conllu", "tags": "xpos"}),
    "parser": parser(**{"model.type": "skd_tagging_parser"}),
    "pos_parser": parser(**{"model.type": "skd_tagging_parser", **WORDS_AND_UPOS}),
    "biaffine": parser(**{"model.arc_dim": 8, "model.relation_dim": 6}),
    "second_order": Recipe("parser", {**BRIEFLY, "model.type": "skd_second_order_parser"}),
    "transformer": Recipe("tagger", BRIEFLY, reads_transformer=True),
    "simple": Recipe("simple_tagger", {}),
}
