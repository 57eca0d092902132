// Parsers on a BiLSTM, in the sizes of a student and of a teacher.
local parser = import '../../skd_plugin/projects/files/lib/parser.libsonnet';
local corpus = import 'tree_corpus.libsonnet';

{
  student(type, vectors=null):: corpus + parser.student(type, vectors),
  teacher(type):: corpus + parser.teacher(type),
}
