// NER as parsing ⇒ flat spans. Train the teacher first:
//   allennlp train training_configs/teachers/span_ner.jsonnet -s runs/teachers/span_ner
(import 'students/span_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/span_ner/model.tar.gz')
