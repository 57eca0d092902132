// The student without a teacher.
(import 'students.libsonnet').alone
