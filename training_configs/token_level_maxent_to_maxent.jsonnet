// The usual token-level distillation, MaxEnt ⇒ MaxEnt: what the structured cases are compared with. Train the teacher first:
//   allennlp train training_configs/teachers/maxent_ner.jsonnet -s runs/teachers/maxent_ner
(import 'students/maxent_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/maxent_ner/model.tar.gz')
