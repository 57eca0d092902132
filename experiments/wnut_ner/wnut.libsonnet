// WNUT 2017 in place of the demo's corpus: columns of a word and its tag.
local corpus = 'runs/wnut_ner/corpus/';

{
  labelled:: {
    dataset_reader+: { type: 'skd_conll_ner', tags:: null },
    train_data_path: { labelled: corpus + 'labelled.conll' },
    validation_data_path: corpus + 'dev.conll',
  },
  unlabelled:: { train_data_path+: { unlabelled: corpus + 'unlabelled.txt' } },
}
