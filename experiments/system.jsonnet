// A system of the experiments, student or teacher, from what `seeds.py` writes into the environment variable SYSTEM.
local system = std.parseJson(std.extVar('SYSTEM'));
local bilstm = import '../skd_plugin/projects/files/lib/bilstm.libsonnet';
local transformer = import '../skd_plugin/projects/files/lib/transformer.libsonnet';

local network =
  if system.transformer == null
  then bilstm(system.model.type, system.hidden, system.dropout, system.layers, system.vectors)
  else transformer(system.model.type, system.transformer, system.hidden);

network {
  dataset_reader+: system.reader,
  datasets_for_vocab_creation: ['train'],
  [if system.arc_labels != null then 'vocabulary']+: { type: 'extend', directory: system.arc_labels },
  model+: system.model,
  train_data_path: system.train_data_path,
  // No validation: the scores are those of the last epoch, and nothing is chosen by looking at these sentences.
  test_data_path: system.test_data_path,
  evaluate_on_test: true,
  data_loader+: { batch_sampler+: { batch_size: system.batch_size } },
  trainer+: {
    num_epochs: system.epochs,
    optimizer+: system.optimizer,
    callbacks: if system.distiller == null then [] else [{ type: 'skd_distiller' } + system.distiller],
  },
  random_seed: system.seed,
  numpy_seed: system.seed,
  pytorch_seed: system.seed,
}
