import { refused } from './refused.ts';

refused(
  'unknown key',
  '.requird',
  /unknown key "requird".*— Did you mean required\?/s,
  `
logicalType: string
requird: true # !`,
);

refused(
  'unknown logicalType',
  '.logicalType',
  /found "strin" — Did you mean string\?/,
  `
logicalType: strin # !`,
);

refused(
  'time',
  '.logicalType',
  /time is not supported/,
  `
logicalType: time # !`,
);

refused(
  'wrong kind of YAML value',
  '.required',
  /expected true or false, found "yes"/,
  `
logicalType: string
required: "yes" # !`,
);

refused(
  'number for a text',
  '.description',
  /expected a text, found 5 — Put it in quotes/,
  `
logicalType: string
description: 5 # !`,
);

refused(
  'no snake_case',
  '.physicalName',
  /physicalName: order_id/,
  `
logicalType: string
physicalName: orderId # !`,
);

refused(
  'leading underscore',
  '.physicalName',
  /leading _ is reserved/,
  `
logicalType: string
physicalName: _it # !`,
);

refused(
  'name taken',
  '.physicalName',
  /second column is named order_id/,
  `
logicalType: string
physicalName: order_id # !`,
);

refused(
  'bad path',
  '.customProperties[0].value',
  /"a..b" is not a path: unexpected text at character 2/,
  `
logicalType: string
customProperties:
  - {property: path, value: "a..b"} # !`,
);

refused(
  'path as list',
  '.customProperties[0].value',
  /expected a text, found a list/,
  `
logicalType: string
customProperties:
  - {property: path, value: [a, b]} # !`,
);

refused(
  'mistyped custom property',
  '.customProperties[0].property',
  /Did you mean masking\?/,
  `
logicalType: string
customProperties:
  - {property: maskng, value: hash} # !`,
);

refused(
  'custom property of the contract',
  '.customProperties[0].property',
  /does not belong here/,
  `
logicalType: string
customProperties:
  - {property: envelope, value: bare} # !`,
);

refused(
  'custom property twice',
  '.customProperties[1].property',
  /is given twice/,
  `
logicalType: string
customProperties:
  - {property: masking, value: hash}
  - {property: masking, value: hash} # !`,
);

refused(
  'deleteWhen',
  '.customProperties[0].property',
  /not supported yet/,
  `
logicalType: string
customProperties:
  - {property: deleteWhen, value: "D"} # !`,
);

refused(
  'position without key',
  '.primaryKeyPosition',
  /without primaryKey: true/,
  `
logicalType: string
primaryKeyPosition: 1 # !`,
);

refused(
  'unique',
  '.unique',
  /supported only for a key of one column/,
  `
logicalType: string
unique: true # !`,
);

refused(
  'required on a flattened object',
  '.required',
  /does not apply to an object with properties/,
  `
logicalType: object
required: true # !
properties:
  - {name: a, logicalType: string}`,
);

refused(
  'empty properties',
  '.properties',
  /at least one property/,
  `
logicalType: object
properties: [] # !`,
);

refused(
  'properties of a string',
  '.properties',
  /only an object has properties/,
  `
logicalType: string
properties: # !
  - {name: a, logicalType: string}`,
);

refused(
  'nested unknown key',
  '.properties[0].foo',
  /unknown key "foo"/,
  `
logicalType: object
properties:
  - name: a
    logicalType: string
    foo: 1 # !`,
);
