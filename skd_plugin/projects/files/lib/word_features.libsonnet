// What a model reads of a word: the word in lower case, its first and last letters, its shape, and static vectors.
// `vectors` is a file that `allennlp skd-vectors` has written, or one of word vectors; null is none.
function(vectors=null) {
  vectors:: vectors,
  dataset_reader+: { token_indexers: { words: { type: 'skd_word_features' } } },
  // Words, affixes and shapes seen once train the vectors of unknown ones.
  vocabulary: {
    min_count: { [feature]: 2 for feature in ['words', 'prefixes_1', 'prefixes_3', 'suffixes_2', 'suffixes_3', 'shapes'] },
  },
  model+: {
    text_field_embedder: {
      token_embedders: {
        words: {
          type: 'skd_word_features',
          [if $.vectors != null then 'vectors']: { pretrained_file: $.vectors },
        },
      },
    },
  },
}
