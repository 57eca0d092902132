// Beyond the paper: a large biaffine parser ⇒ a small one. Train the teacher first:
//   allennlp train training_configs/teachers/biaffine.jsonnet -s runs/teachers/biaffine
(import 'students/biaffine_parser.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/biaffine/model.tar.gz')
