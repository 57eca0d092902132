// The same student, taught: by the teacher and by gold on labelled sentences, by the teacher alone on text.
(import 'student.jsonnet')
+ (import 'lib/fewer_epochs.libsonnet')
+ {
  train_data_path+: { unlabelled: $.unlabelled },
  trainer+: {
    callbacks+: [{ type: 'skd_distiller', teachers: [{ archive: 'runs/teacher/model.tar.gz' }] }],
  },
}
