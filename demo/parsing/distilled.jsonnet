// The same student, taught: case 1b, biaffine parser ⇒ parsing as sequence labelling, on text without labels.
(import 'student.jsonnet')
+ (import '../../training_configs/lib/distilled_by.libsonnet')('runs/demo/parsing/teacher/model.tar.gz', 'renormalize')
+ (import '../lib/longer_epochs.libsonnet')
