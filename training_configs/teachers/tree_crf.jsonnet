// The same biaffine scores, as a distribution over trees: the Matrix-Tree theorem sums over all with one root.
(import 'biaffine.jsonnet') + { model+: { factorization: 'non_projective_tree' } }
