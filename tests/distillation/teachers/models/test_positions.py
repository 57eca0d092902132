"""How many word pieces encoders read at once."""

import pytest
from transformers import BertConfig, BertModel, DebertaV2Config, DebertaV2Model, RobertaConfig, RobertaModel

from skd_plugin.distillation.teachers.models.positions import positions_of

SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}


@pytest.mark.parametrize(
    "model, config, positions",
    [
        (BertModel, BertConfig(vocab_size=9, max_position_embeddings=32, **SIZES), 32),
        (RobertaModel, RobertaConfig(vocab_size=9, max_position_embeddings=34, pad_token_id=1, **SIZES), 32),
        (DebertaV2Model, DebertaV2Config(vocab_size=9, position_biased_input=False, **SIZES), 1 << 40),
    ],
)
def test_an_encoder_that_counts_distances_reads_any_number_of_pieces(model, config, positions):
    assert positions_of(model(config)) == positions
