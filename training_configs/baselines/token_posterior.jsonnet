// Posterior distillation (Wang et al. 2020): the marginals of tags, one word at a time. Train the teacher first:
//   allennlp train training_configs/teachers/crf_ner.jsonnet -s runs/teachers/crf_ner
(import '../students/crf_ner.jsonnet')
+ (import '../lib/distilled_by.libsonnet')('runs/teachers/crf_ner/model.tar.gz', objective='token_posterior')
