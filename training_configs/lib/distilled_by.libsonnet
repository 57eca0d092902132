// What makes a student's config a distillation: text without labels, and a teacher.
// Write it at the end: (import 'students/….jsonnet') + (import 'lib/distilled_by.libsonnet')('runs/…/model.tar.gz')
// The teacher is an archive, or a list of teachers with their options: [{ archive: '…', weight: 2.0 }, …]. The label policy
// 'renormalize' is for a student whose labels cannot write all that its teacher says; the store is a folder that keeps what
// the teacher says for the next run; the objective is 'structural' or a baseline.
function(teacher, label_policy='error', store=null, objective='structural')
  local teachers = if std.isArray(teacher) then teacher else [{ archive: teacher, [if store != null then 'store']: store }];
  (import 'unlabelled.libsonnet')
  + (import '../../skd_plugin/projects/files/lib/fewer_epochs.libsonnet')
  + {
    trainer+: {
      callbacks+: [
        {
          type: 'skd_distiller',
          teachers: teachers,
          objective: objective,
          interpolation: { type: 'linear', start: 1.0, end: 0.0 },
          temperature: 1.0,
          label_policy: label_policy,
        },
      ],
    },
  }
