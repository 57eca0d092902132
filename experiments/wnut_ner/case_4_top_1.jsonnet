// Case 4: the best tags as gold.
(import 'students.libsonnet').distilled('span', 'top_1')
