// Taggers on a BiLSTM, in the sizes of a student and of a teacher.
local bilstm = import 'bilstm.libsonnet';

{
  student(type, vectors=null):: bilstm(type, hidden=64, dropout=0.15, vectors=vectors),
  teacher(type):: bilstm(type, hidden=200, dropout=0.33),
}
