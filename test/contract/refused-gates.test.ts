import { refused } from './refused.ts';

refused(
  'minLength of a number',
  '.logicalTypeOptions.minLength',
  /does not apply to a long column/,
  `
logicalType: integer
logicalTypeOptions:
  minLength: 1 # !`,
);

refused(
  'minimum of a text',
  '.logicalTypeOptions.minimum',
  /does not apply to a string column/,
  `
logicalType: string
logicalTypeOptions:
  minimum: 1 # !`,
);

refused(
  'unknown option',
  '.logicalTypeOptions.patern',
  /Did you mean pattern\?/,
  `
logicalType: string
logicalTypeOptions:
  patern: a # !`,
);

refused(
  'multipleOf',
  '.logicalTypeOptions.multipleOf',
  /not supported/,
  `
logicalType: integer
logicalTypeOptions:
  multipleOf: 5 # !`,
);

refused(
  'format of a time',
  '.logicalTypeOptions.format',
  /not supported/,
  `
logicalType: timestamp
logicalTypeOptions:
  format: yyyy # !`,
);

refused(
  'minimum of a time',
  '.logicalTypeOptions.minimum',
  /does not apply/,
  `
logicalType: timestamp
logicalTypeOptions:
  minimum: "2020-01-01" # !`,
);

refused(
  'maxLength below minLength',
  '.logicalTypeOptions.maxLength',
  /maxLength 2 is below minLength 3/,
  `
logicalType: string
logicalTypeOptions:
  minLength: 3
  maxLength: 2 # !`,
);

refused(
  'negative length',
  '.logicalTypeOptions.minLength',
  /length from 0/,
  `
logicalType: string
logicalTypeOptions:
  minLength: -1 # !`,
);

refused(
  'bound as text',
  '.logicalTypeOptions.minimum',
  /expected a number, found "1"/,
  `
logicalType: integer
logicalTypeOptions:
  minimum: "1" # !`,
);

refused(
  'infinite bound',
  '.logicalTypeOptions.maximum',
  /expected a decimal number/,
  `
logicalType: number
logicalTypeOptions:
  maximum: .inf # !`,
);

refused(
  'hexadecimal bound',
  '.logicalTypeOptions.maximum',
  /expected a decimal number/,
  `
logicalType: integer
logicalTypeOptions:
  maximum: 0x10 # !`,
);

refused(
  'bound beyond int',
  '.logicalTypeOptions.maximum',
  /does not fit/,
  `
logicalType: integer
physicalType: int
logicalTypeOptions:
  maximum: 2147483648 # !`,
);

refused(
  'bound beyond long',
  '.logicalTypeOptions.maximum',
  /does not fit/,
  `
logicalType: integer
logicalTypeOptions:
  maximum: 9223372036854775808 # !`,
);

refused(
  'fractional bound',
  '.logicalTypeOptions.minimum',
  /does not fit/,
  `
logicalType: integer
logicalTypeOptions:
  minimum: 0.5 # !`,
);

refused(
  'bound with too many digits',
  '.logicalTypeOptions.maximum',
  /does not fit.*decimal\(5,2\)/,
  `
logicalType: number
physicalType: decimal(5,2)
logicalTypeOptions:
  maximum: 1000 # !`,
);

refused(
  'bound with a finer scale',
  '.logicalTypeOptions.maximum',
  /does not fit/,
  `
logicalType: number
physicalType: decimal(5,2)
logicalTypeOptions:
  maximum: 1.001 # !`,
);

refused(
  'bound beyond double',
  '.logicalTypeOptions.maximum',
  /does not fit|expected a decimal/,
  `
logicalType: number
logicalTypeOptions:
  maximum: 1e309 # !`,
);

refused(
  'bound beyond float',
  '.logicalTypeOptions.maximum',
  /does not fit/,
  `
logicalType: number
physicalType: float
logicalTypeOptions:
  maximum: 1e39 # !`,
);

refused(
  'minimum above maximum',
  '.logicalTypeOptions.maximum',
  /no number lies between 5 and 4/,
  `
logicalType: integer
logicalTypeOptions:
  minimum: 5
  maximum: 4 # !`,
);

refused(
  'nothing between',
  '.logicalTypeOptions.exclusiveMaximum',
  /no number lies between/,
  `
logicalType: integer
logicalTypeOptions:
  minimum: 5
  exclusiveMaximum: 5 # !`,
);

refused(
  'both minima',
  '.logicalTypeOptions.exclusiveMinimum',
  /both given/,
  `
logicalType: integer
logicalTypeOptions:
  minimum: 5
  exclusiveMinimum: 5 # !`,
);

refused(
  'lookahead',
  '.logicalTypeOptions.pattern',
  /no lookaround.*character 2/,
  `
logicalType: string
logicalTypeOptions:
  pattern: "a(?=b)" # !`,
);
