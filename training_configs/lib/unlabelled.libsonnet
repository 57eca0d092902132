// Text for the teacher to speak about. Where it has been trained it only repeats the gold labels.
{ train_data_path+: { unlabelled: 'runs/demo/corpus/unlabelled.txt' } }
