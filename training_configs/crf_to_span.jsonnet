// Linear chain ⇒ flat spans. Train the teacher first:
//   allennlp train training_configs/teachers/crf_ner.jsonnet -s runs/teachers/crf_ner
(import 'students/span_ner.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/crf_ner/model.tar.gz')
