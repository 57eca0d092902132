// The data: where it is, how it is read, and which metric says which epoch was the best.
// Paths are relative to this folder, in which the commands run.
{
  dataset_reader+: 'READER',
  train_data_path: { labelled: 'TRAIN' },
  validation_data_path: 'DEV',
  // Text without labels, for the distilled student alone: one sentence per line, with spaces between the words.
  unlabelled:: 'TEXT',
  // The model's labels are those of the training data. If the development data has more, they count as wrong.
  datasets_for_vocab_creation: ['train'],
  trainer+: { validation_metric: 'METRIC' },
}
