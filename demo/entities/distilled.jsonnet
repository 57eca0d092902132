// The same student, taught: case 2a, linear chain ⇒ MaxEnt, on text without labels.
(import 'student.jsonnet')
+ (import '../../training_configs/lib/distilled_by.libsonnet')('runs/demo/entities/teacher/model.tar.gz')
+ (import '../lib/longer_epochs.libsonnet')
