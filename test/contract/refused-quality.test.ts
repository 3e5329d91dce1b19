import { refused } from './refused.ts';

refused(
  'unknown metric',
  '.quality[0].metric',
  /Did you mean invalidValues\?/,
  `
logicalType: string
quality:
  - metric: invalidValue # !
    mustBe: 0`,
);

refused(
  'no arguments',
  '.quality[0]',
  /arguments is missing/,
  `
logicalType: string
quality:
  - metric: invalidValues # !
    mustBe: 0`,
);

refused(
  'empty list',
  '.quality[0].arguments.validValues',
  /is empty/,
  `
logicalType: string
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: [] # !`,
);

refused(
  'number among texts',
  '.quality[0].arguments.validValues[1]',
  /expected a text, found 1/,
  `
logicalType: string
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: [a, 1] # !`,
);

refused(
  'value twice',
  '.quality[0].arguments.validValues[1]',
  /is listed twice/,
  `
logicalType: string
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: [a, a] # !`,
);

refused(
  'invalid date',
  '.quality[0].arguments.validValues[0]',
  /expected a date/,
  `
logicalType: date
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: ["2023-02-29"] # !`,
);

refused(
  'values of a double',
  '.quality[0].arguments.validValues',
  /does not apply to a double column/,
  `
logicalType: number
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: [1.5] # !`,
);

refused(
  'old rule',
  '.quality[0].rule',
  /deprecated/,
  `
logicalType: string
quality:
  - metric: invalidValues
    rule: x # !
    mustBe: 0
    arguments: {validValues: [a]}`,
);

refused(
  'rule of the table on a column',
  '.quality[0].metric',
  /rowCount applies to the table — Move the rule to the quality of the schema object/,
  `
logicalType: string
quality:
  - metric: rowCount # !
    mustBe: 0`,
);

refused(
  'no bound',
  '.quality[0]',
  /a bound is missing, such as mustBe: 0/,
  `
logicalType: string
quality:
  - metric: invalidValues # !
    arguments: {validValues: [a]}`,
);

refused(
  'two bounds',
  '.quality[0].mustBeLessThan',
  /a second bound besides mustBeGreaterThan/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBeLessThan: 5 # !
    mustBeGreaterThan: 1`,
);

refused(
  'half a row',
  '.quality[0].mustBeLessThan',
  /expected a whole number of rows, found "0.5" — Write a number of rows, or add unit: percent/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBeLessThan: 0.5 # !`,
);

refused(
  'more than all rows',
  '.quality[0].mustBeLessThan',
  /expected a share from 0 to 100, found "101"/,
  `
logicalType: string
quality:
  - metric: nullValues
    unit: percent
    mustBeLessThan: 101 # !`,
);

refused(
  'bound in words',
  '.quality[0].mustBe',
  /expected a number, found "few"/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBe: few # !`,
);

refused(
  'range with one end',
  '.quality[0].mustBeBetween',
  /expected a list of two numbers/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBeBetween: [1] # !`,
);

refused(
  'range upside down',
  '.quality[0].mustNotBeBetween',
  /above the second/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustNotBeBetween: [2, 1] # !`,
);

refused(
  'unit',
  '.quality[0].unit',
  /expected rows or percent/,
  `
logicalType: string
quality:
  - metric: nullValues
    unit: grams # !
    mustBe: 1`,
);

refused(
  'severity',
  '.quality[0].severity',
  /expected info, warning or error, found "fatal"/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBe: 0
    severity: fatal # !`,
);

refused(
  'SQL rule',
  '.quality[0].type',
  /quality rules of type sql are not supported — Use a metric/,
  `
logicalType: string
quality:
  - type: sql # !
    query: SELECT 1
    mustBe: 1`,
);

refused(
  'rule of another engine',
  '.quality[0].type',
  /quality rules of type custom are not supported/,
  `
logicalType: string
quality:
  - type: custom # !
    engine: soda
    implementation: x`,
);

refused(
  'arguments of nullValues',
  '.quality[0].arguments',
  /nullValues takes no arguments/,
  `
logicalType: string
quality:
  - metric: nullValues
    mustBe: 0
    arguments: {validValues: [a]} # !`,
);

refused(
  'missing values without a list',
  '.quality[0]',
  /arguments is missing, expected missingValues/,
  `
logicalType: string
quality:
  - metric: missingValues # !
    mustBe: 0`,
);

refused(
  'missing values of a double',
  '.quality[0].arguments.missingValues',
  /a list of values does not apply to a double column/,
  `
logicalType: number
quality:
  - metric: missingValues
    mustBe: 0
    arguments:
      missingValues: [null, -1] # !`,
);

refused(
  'values of a table rule on a masked column',
  '.quality[0].metric',
  /the table shows masked values only/,
  `
logicalType: string
classification: restricted
quality:
  - metric: invalidValues # !
    mustBeLessThan: 5
    arguments: {pattern: '[a-z]+'}`,
);

refused(
  'nulls of a column that is always null',
  '.quality[0].metric',
  /always empty/,
  `
logicalType: string
customProperties: [{property: masking, value: 'null'}]
quality:
  - metric: nullValues # !
    mustBeLessThan: 5`,
);

refused(
  'duplicates of redacted values',
  '.quality[0].metric',
  /masking by redact makes different values equal/,
  `
logicalType: string
customProperties: [{property: masking, value: redact}]
quality:
  - metric: duplicateValues # !
    mustBe: 0`,
);

refused(
  'duplicates of doubles',
  '.quality[0].metric',
  /equal values of a double column can be written differently/,
  `
logicalType: number
quality:
  - metric: duplicateValues # !
    mustBe: 0`,
);

refused(
  'two rules with one name',
  '.quality[1]',
  /a second rule is called "nullValues of it" — Give each rule its own name/,
  `
logicalType: string
quality:
  - {metric: nullValues, mustBeLessThan: 5}
  - metric: nullValues # !
    mustBeLessThan: 9
    severity: warning`,
);

refused(
  'name with a line end',
  '.quality[0].name',
  /a name of at most 100 characters on one line/,
  `
logicalType: string
quality:
  - metric: nullValues
    name: "a\\nb" # !
    mustBeLessThan: 5`,
);
