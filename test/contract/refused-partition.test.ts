import { refused } from './refused.ts';

refused(
  'partition without transform',
  '.partitioned',
  /transform: hour, day, month, identity or bucket\[N\]/,
  `
logicalType: timestamp
partitioned: true # !`,
);

refused(
  'transform without partition',
  '.customProperties[0].value',
  /needs partitioned/,
  `
logicalType: date
customProperties:
  - {property: transform, value: day} # !`,
);

refused(
  'hour of a date',
  '.customProperties[0].value',
  /does not apply to a date/,
  `
logicalType: date
partitioned: true
customProperties:
  - {property: transform, value: hour} # !`,
);

refused(
  'day of a text',
  '.customProperties[0].value',
  /does not apply to a string/,
  `
logicalType: string
partitioned: true
customProperties:
  - {property: transform, value: day} # !`,
);

refused(
  'unknown transform',
  '.customProperties[0].value',
  /found "year"/,
  `
logicalType: date
partitioned: true
customProperties:
  - {property: transform, value: year} # !`,
);

refused(
  'no buckets',
  '.customProperties[0].value',
  /1 to 2147483647 buckets/,
  `
logicalType: string
partitioned: true
customProperties:
  - {property: transform, value: "bucket[0]"} # !`,
);

refused(
  'too many buckets',
  '.customProperties[0].value',
  /1 to 2147483647 buckets/,
  `
logicalType: string
partitioned: true
customProperties:
  - {property: transform, value: "bucket[2147483648]"} # !`,
);

refused(
  'bucket without number',
  '.customProperties[0].value',
  /bucket\[N\]/,
  `
logicalType: string
partitioned: true
customProperties:
  - {property: transform, value: bucket} # !`,
);

refused(
  'bucket of a boolean',
  '.customProperties[0].value',
  /does not apply to a boolean/,
  `
logicalType: boolean
partitioned: true
customProperties:
  - {property: transform, value: "bucket[4]"} # !`,
);

refused(
  'partition by double',
  '.partitioned',
  /a double column cannot be used for partitioning/,
  `
logicalType: number
partitioned: true # !
customProperties:
  - {property: transform, value: identity}`,
);

refused(
  'partition by JSON',
  '.partitioned',
  /JSON array column cannot be used for partitioning/,
  `
logicalType: array
partitioned: true # !`,
);

refused(
  'partition by a masked column',
  '.partitioned',
  /masked by redact/,
  `
logicalType: string
partitioned: true # !
customProperties:
  - {property: masking, value: redact}
  - {property: transform, value: identity}`,
);

refused(
  'partition order',
  '.partitionKeyPosition',
  /expected position 1/,
  `
logicalType: string
partitioned: true
partitionKeyPosition: 2 # !
customProperties:
  - {property: transform, value: identity}`,
);
