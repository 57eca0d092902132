// What `split.py` writes, in place of the demo's corpus.
local corpus = 'runs/ewt_ner/corpus/';

{
  labelled:: {
    train_data_path+: { labelled: corpus + 'labelled.conllu' },
    validation_data_path: corpus + 'dev.conllu',
  },
  unlabelled:: { train_data_path+: { unlabelled: corpus + 'unlabelled.txt' } },
}
