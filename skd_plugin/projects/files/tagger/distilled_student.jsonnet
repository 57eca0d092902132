// The same student, taught: by the teacher and by gold on labelled sentences, by the teacher alone on text.
(import 'student.jsonnet')
+ {
  train_data_path+: { unlabelled: $.unlabelled },
  trainer+: {
    callbacks+: [{ type: 'skd_distiller', teachers: [{ archive: 'runs/teacher/model.tar.gz' }] }],
  },
}
