// What makes a student's config a distillation: text without labels, and a teacher.
// Write it at the end: (import 'students/….jsonnet') + (import 'lib/distilled_by.libsonnet')('runs/…/model.tar.gz')
function(teacher)
  (import 'unlabelled.libsonnet')
  + {
    trainer+: {
      callbacks+: [
        {
          type: 'skd_distiller',
          teachers: [{ archive: teacher }],
          interpolation: { type: 'linear', start: 1.0, end: 0.0 },
          temperature: 1.0,
        },
      ],
    },
  }
