// The same student, taught: case 2a, linear chain ⇒ MaxEnt, on text without labels. Fewer epochs, because they are longer.
(import 'student.jsonnet')
+ (import '../training_configs/lib/distilled_by.libsonnet')('runs/demo/teacher/model.tar.gz')
+ { data_loader+: { batch_sampler+: { batch_size: 32 } }, trainer+: { num_epochs: 12 } }
