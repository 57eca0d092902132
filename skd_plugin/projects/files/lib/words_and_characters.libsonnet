// Words in lower case beside a character CNN, which sees case, shape, and affixes.
function(word_dim, character_dim) {
  indexers:: {
    words: { type: 'single_id', namespace: 'words', lowercase_tokens: true },
    characters: { type: 'characters', min_padding_length: std.foldl(std.max, $.filter_widths, 1) },
  },
  filter_widths:: [3],
  dataset_reader+: { token_indexers: $.indexers },
  // Words seen once train the vector of unknown words.
  vocabulary: { min_count: { words: 2 } },
  model+: {
    text_field_embedder: {
      token_embedders: {
        words: { type: 'embedding', vocab_namespace: 'words', embedding_dim: word_dim },
        characters: {
          type: 'character_encoding',
          embedding: { embedding_dim: 16, vocab_namespace: 'token_characters' },
          encoder: { type: 'cnn', embedding_dim: 16, num_filters: character_dim, ngram_filter_sizes: $.filter_widths },
        },
      },
    },
  },
}
