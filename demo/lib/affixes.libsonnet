// For teachers: marks where a word begins and ends, so that a filter can tell an affix from the middle of a word.
{
  filter_widths:: [2, 3, 4],
  dataset_reader+: { token_indexers+: { characters+: { character_tokenizer: { start_tokens: ['^'], end_tokens: ['$'] } } } },
  model+: {
    text_field_embedder+: {
      token_embedders+: { characters+: { encoder+: { num_filters: 16 } } },
    },
  },
}
