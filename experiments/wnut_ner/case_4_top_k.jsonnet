// Case 4: the five best taggings as gold.
(import 'students.libsonnet').distilled('span', { type: 'top_k', k: 5 })
