// Case 4: the five best taggings, weighted by their probabilities.
(import 'students.libsonnet').distilled('span', { type: 'weighted_top_k', k: 5 })
