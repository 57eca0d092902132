// Taggers of entities on a BiLSTM, in the sizes of a student and of a teacher.
local tagger = import '../../skd_plugin/projects/files/lib/tagger.libsonnet';
local corpus = import 'ner_corpus.libsonnet';

{
  student(type, vectors=null):: corpus + tagger.student(type, vectors),
  teacher(type):: corpus + tagger.teacher(type),
}
