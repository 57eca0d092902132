// The students and their teachers on EWT; every system sees about the same number of optimizer steps.
local ewt = import 'ewt.libsonnet';
local bilstm_tagger = import '../../training_configs/lib/bilstm_tagger.libsonnet';
local distilled_by = import '../../training_configs/lib/distilled_by.libsonnet';

local student(type) = bilstm_tagger(type, 50, 30, 64, 0.4) + ewt.labelled;
// Four times the sentences: twice the batch, two thirds of the epochs.
local large = { data_loader: { batch_sampler: { type: 'bucket', batch_size: 32 } }, trainer+: { num_epochs: 10 } };
local teacher(name, objective) =
  local folder = 'runs/ewt_ner/teachers/' + name;
  distilled_by(folder + '/model.tar.gz', store=folder + '.safetensors', objective=objective) + ewt.unlabelled + large;
local pseudo_labelled(name) =
  large { train_data_path+: { labelled: [super.labelled, 'runs/ewt_ner/corpus/pseudo_' + name + '.conllu'] } };

{
  alone(type):: student(type),
  distilled(type, by, objective='structural'):: student(type) + teacher(by, objective),
  top_1(type, by):: student(type) + pseudo_labelled(by),
}
