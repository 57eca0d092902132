// Parsers on a BiLSTM, in the sizes of a student and of a teacher. Words are often far from their heads: two layers.
local bilstm(type, hidden, dropout, vectors=null) =
  (import 'bilstm.libsonnet')(type, hidden, dropout, layers=2, vectors=vectors) + { trainer+: { optimizer+: { lr: 2e-3 } } };

{
  student(type, vectors=null):: bilstm(type, hidden=100, dropout=0.15, vectors=vectors),
  teacher(type):: bilstm(type, hidden=200, dropout=0.33),
}
