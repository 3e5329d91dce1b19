import { refused } from './refused.ts';

refused(
  'masked number',
  '.customProperties[0].value',
  /masking hash applies to string columns only, and this one is double/,
  `
logicalType: number
customProperties:
  - {property: masking, value: hash} # !`,
);

refused(
  'classified number',
  '.classification',
  /default of this classification.*this one is long/,
  `
logicalType: integer
classification: Restricted # !`,
);

refused(
  'classified object',
  '.classification',
  /this one is JSON object/,
  `
logicalType: object
classification: confidential # !`,
);

refused(
  'hashed array',
  '.customProperties[0].value',
  /this one is JSON array/,
  `
logicalType: array
customProperties:
  - {property: masking, value: hash} # !`,
);

refused(
  'unknown classification',
  '.classification',
  /Did you mean restricted\?/,
  `
logicalType: string
classification: restrictd # !`,
);

refused(
  'unknown masking',
  '.customProperties[0].value',
  /Did you mean hash\?/,
  `
logicalType: string
customProperties:
  - {property: masking, value: hsah} # !`,
);

refused(
  'partial keeps too much',
  '.customProperties[0].value',
  /keeps more than 8/,
  `
logicalType: string
customProperties:
  - {property: masking, value: "partial:9"} # !`,
);

refused(
  'partial keeps none',
  '.customProperties[0].value',
  /expected hash, redact/,
  `
logicalType: string
customProperties:
  - {property: masking, value: "partial:0"} # !`,
);

refused(
  'null and required',
  '.required',
  /neither required nor critical/,
  `
logicalType: string
required: true # !
customProperties:
  - {property: masking, value: null}`,
);

refused(
  'null and critical',
  '.criticalDataElement',
  /neither required nor critical/,
  `
logicalType: string
criticalDataElement: true # !
customProperties:
  - {property: masking, value: "null"}`,
);

refused(
  'personal part of an array',
  '.items.properties[0]',
  /only the whole array can be masked/,
  `
logicalType: array
items:
  logicalType: object
  properties:
    - name: mail # !
      logicalType: string
      classification: restricted`,
);

refused(
  'classified flattened object',
  '.classification',
  /cannot be masked as a whole/,
  `
logicalType: object
classification: restricted # !
properties:
  - {name: a, logicalType: string}`,
);

refused(
  'masked flattened object',
  '.customProperties[0].value',
  /does not apply to an object with properties/,
  `
logicalType: object
customProperties:
  - {property: masking, value: hash} # !
properties:
  - {name: a, logicalType: string}`,
);
