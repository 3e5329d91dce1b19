import { refused } from './refused.ts';

refused(
  'library rule of table kind',
  '.quality[0].metric',
  /duplicateValues is not supported yet/,
  `
logicalType: string
quality:
  - metric: duplicateValues # !
    mustBe: 0`,
);

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
  'threshold',
  '.quality[0].mustBeLessThan',
  /only mustBe: 0/,
  `
logicalType: string
quality:
  - metric: invalidValues
    mustBeLessThan: 5 # !
    arguments: {validValues: [a]}`,
);

refused(
  'no threshold',
  '.quality[0]',
  /expected mustBe: 0/,
  `
logicalType: string
quality:
  - metric: invalidValues # !
    arguments: {validValues: [a]}`,
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
  /stands twice/,
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
  /does not apply to a double/,
  `
logicalType: number
quality:
  - metric: invalidValues
    mustBe: 0
    arguments: 
      validValues: [1.5] # !`,
);

refused(
  'severity',
  '.quality[0].severity',
  /not supported yet/,
  `
logicalType: string
quality:
  - metric: invalidValues
    mustBe: 0
    severity: warning # !
    arguments: {validValues: [a]}`,
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
