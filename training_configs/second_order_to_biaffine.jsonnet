// Beyond the paper: second order ⇒ biaffine. Train the teacher first:
//   allennlp train training_configs/teachers/second_order.jsonnet -s runs/teachers/second_order
(import 'students/biaffine_parser.jsonnet')
+ (import 'lib/distilled_by.libsonnet')('runs/teachers/second_order/model.tar.gz')
