// The students and their teachers on WNUT 2017; every system sees about the same number of optimizer steps.
local wnut = import 'wnut.libsonnet';
local bilstm_tagger = import '../../training_configs/lib/bilstm_tagger.libsonnet';
local distilled_by = import '../../training_configs/lib/distilled_by.libsonnet';

local student = bilstm_tagger('skd_maxent_tagger', 50, 30, 64, 0.4) + wnut.labelled;
// Four times the sentences: twice the batch, two thirds of the epochs.
local large = { data_loader: { batch_sampler: { type: 'bucket', batch_size: 32 } }, trainer+: { num_epochs: 10 } };

{
  alone:: student,
  distilled(by, objective='structural')::
    local folder = 'runs/wnut_ner/teachers/' + by;
    student
    + distilled_by(folder + '/model.tar.gz', store=folder + '.safetensors', objective=objective)
    + wnut.unlabelled
    + large,
}
