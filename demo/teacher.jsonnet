// The teacher: a BiLSTM-CRF over words and characters. It knows a word by its affixes, and a tag by its neighbours.
(import '../training_configs/lib/bilstm_tagger.libsonnet')('skd_crf_tagger', 50, 48, 64, 0.4)
+ (import 'words_seen_twice.libsonnet')
+ {
  // Marks where a word begins and ends, so that a filter can tell an affix from the middle of a word.
  dataset_reader+: { token_indexers+: { characters+: { character_tokenizer: { start_tokens: ['^'], end_tokens: ['$'] } } } },
  model+: {
    text_field_embedder+: {
      token_embedders+: { characters+: { encoder+: { num_filters: 16, ngram_filter_sizes: [2, 3, 4] } } },
    },
  },
  trainer+: { num_epochs: 12, optimizer+: { lr: 0.01 }, learning_rate_scheduler+: { warmup_steps: 50 } },
}
