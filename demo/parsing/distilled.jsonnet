// The same student, taught: a large biaffine parser ⇒ a small one, on text without labels.
(import 'student.jsonnet')
+ (import '../../training_configs/lib/distilled_by.libsonnet')('runs/demo/parsing/teacher/model.tar.gz')
+ (import '../lib/longer_epochs.libsonnet')
