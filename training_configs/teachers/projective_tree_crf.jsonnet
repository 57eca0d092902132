// The same biaffine scores, as a distribution over projective trees.
(import 'biaffine.jsonnet') + { model+: { factorization: 'projective_tree' } }
