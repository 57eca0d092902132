// The teacher's five best taggings as gold, weighted by their probabilities. Train the teacher first:
//   allennlp train training_configs/teachers/crf_ner.jsonnet -s runs/teachers/crf_ner
(import '../students/crf_ner.jsonnet')
+ (import '../lib/distilled_by.libsonnet')('runs/teachers/crf_ner/model.tar.gz', objective={ type: 'weighted_top_k', k: 5 })
