// Parsing experiments in the folder `runs`: students alone, taught, and trained on a teacher's best trees. Every system sees about
// the same number of optimizer steps. `arc_labels` are the labels of the teacher's own trees too: those of the labelled
// sentences cannot write all that it says.
function(runs, arc_labels)
  local corpus = runs + '/corpus/';
  local tagging = import '../training_configs/students/tagging_parser.jsonnet';
  local biaffine = import '../training_configs/students/biaffine_parser.jsonnet';
  // Four times the sentences: twice the batch, two thirds of the epochs.
  local large = { data_loader: { batch_sampler: { type: 'bucket', batch_size: 32 } }, trainer+: { num_epochs: 10 } };
  local taught(by, policy) =
    local teacher = runs + '/teachers/' + by;
    (import '../training_configs/lib/distilled_by.libsonnet')(teacher + '/model.tar.gz', policy, teacher + '.safetensors')
    + { train_data_path+: { unlabelled: corpus + 'unlabelled.txt' } }
    + large;
  local pseudo(by) = large { train_data_path+: { labelled: [super.labelled, corpus + 'pseudo_' + by + '.conllu'] } };

  {
    labelled:: {
      train_data_path+: { labelled: corpus + 'labelled.conllu' },
      validation_data_path: corpus + 'dev.conllu',
    },
    tagging_alone:: tagging + self.labelled,
    tagging_top_1(by):: self.tagging_alone + pseudo(by),
    tagging_taught(by):: self.tagging_alone + taught(by, 'renormalize')
                         + { vocabulary+: { tokens_to_add: { arc_labels: arc_labels } } },
    biaffine_alone:: biaffine + self.labelled,
    biaffine_top_1(by):: self.biaffine_alone + pseudo(by),
    biaffine_taught(by):: self.biaffine_alone + taught(by, 'error'),
  }
