import { refused } from './refused.ts';

refused(
  'no logicalType',
  '',
  /logicalType is missing/,
  `
required: true`,
);

refused(
  'physicalType of another system',
  '.physicalType',
  /Did you mean long\?/,
  `
logicalType: integer
physicalType: bigint # !`,
);

refused(
  'physicalType of another kind',
  '.physicalType',
  /expected string for logicalType string/,
  `
logicalType: string
physicalType: double # !`,
);

refused(
  'decimal(39,2)',
  '.physicalType',
  /precision from 1 to 38, found 39/,
  `
logicalType: number
physicalType: decimal(39,2) # !`,
);

refused(
  'decimal(0,0)',
  '.physicalType',
  /precision from 1 to 38/,
  `
logicalType: number
physicalType: decimal(0,0) # !`,
);

refused(
  'scale above precision',
  '.physicalType',
  /scale 5 exceeds the precision 4/,
  `
logicalType: number
physicalType: decimal(4,5) # !`,
);

refused(
  'decimal without digits',
  '.physicalType',
  /decimal\(p,s\) with digits/,
  `
logicalType: number
physicalType: decimal # !`,
);

refused(
  'integer with a scale',
  '.physicalType',
  /no digits after the point/,
  `
logicalType: integer
physicalType: "decimal(10,2)" # !`,
);

refused(
  'epoch of a number',
  '.customProperties[0].value',
  /timestamps only/,
  `
logicalType: integer
customProperties:
  - {property: epoch, value: ms} # !`,
);

refused(
  'unknown epoch',
  '.customProperties[0].value',
  /expected s or ms/,
  `
logicalType: timestamp
customProperties:
  - {property: epoch, value: us} # !`,
);

refused(
  'truncate of a date',
  '.customProperties[0].value',
  /timestamps only/,
  `
logicalType: date
customProperties:
  - {property: truncate, value: true} # !`,
);

refused(
  'truncate as text',
  '.customProperties[0].value',
  /expected true or false/,
  `
logicalType: timestamp
customProperties:
  - {property: truncate, value: "true"} # !`,
);
