// MaxEnt ⇒ flat spans. Train the teacher first:
//   allennlp train training_configs/teachers/maxent_ner.jsonnet -s runs/teachers/maxent_ner
(import 'students/span_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/maxent_ner/model.tar.gz')
