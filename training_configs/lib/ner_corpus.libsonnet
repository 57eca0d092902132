// Where the text is, how it is read, and which metric says which epoch was the best.
// The default is the corpus that `make demo` writes.
// Name your own files with -o '{"train_data_path.labelled": "…"}' or in a file that imports the config you want to run.
local corpus = 'runs/demo/corpus/';

{
  dataset_reader: { type: 'skd_conllu', tags: 'NE', on_unknown_label: 'accept' },
  // A label that only the development set has is one that the model gets wrong, as in all new data.
  datasets_for_vocab_creation: ['train'],
  train_data_path: { labelled: corpus + 'labelled.conllu' },
  validation_data_path: corpus + 'dev.conllu',
  trainer+: { validation_metric: '+f1-measure-overall' },
}
