import { TOKENS } from '../../sql/tokens.ts';
import { type ConformanceTopic, contractOf, KEY, one, property } from './cases.ts';

const decimal = (precision: number, scale: number) => ({ physicalType: `decimal(${precision},${scale})` });
const integer = (name: string, more = {}) => property(name, 'integer', more);
const number = (name: string, more = {}) => property(name, 'number', more);
const timestamp = (name: string, custom = {}) => property(name, 'timestamp', { custom });
const options = (logicalTypeOptions: object) => ({ logicalTypeOptions });

/** Every type, one column each. */
const TYPES = [
  property('s', 'string'),
  integer('i', { physicalType: 'int' }),
  integer('l'),
  integer('whole', decimal(20, 0)),
  number('f', { physicalType: 'float' }),
  number('d'),
  number('d10_2', decimal(10, 2)),
  number('d38_10', decimal(38, 10)),
  number('d3_3', decimal(3, 3)),
  property('b', 'boolean'),
  property('day', 'date'),
  timestamp('ts'),
  timestamp('ts_cut', { truncate: true }),
  timestamp('sec', { epoch: 's' }),
  timestamp('ms', { epoch: 'ms' }),
  timestamp('ms_cut', { epoch: 'ms', truncate: true }),
  property('obj', 'object'),
  property('arr', 'array'),
];

const invalid = (args: object) => ({
  quality: [{ metric: 'invalidValues', mustBe: 0, arguments: args }],
});

/** Every rule, on the types that it applies to. */
const GATES = [
  property('s_len', 'string', options({ minLength: 2, maxLength: 4 })),
  property('s_word', 'string', options({ pattern: '[a-z]+' })),
  property('s_any', 'string', options({ pattern: '(?:.|\\s){0,3}' })),
  property('s_group', 'string', options({ pattern: '^(?:[a-c]|d){2,7}$' })),
  property('s_list', 'string', invalid({ validValues: ['a', "it's", '1', 'null', '\\', 'ÄÖ😀'] })),
  property('s_valid', 'string', invalid({ pattern: '[^"\\\\]*' })),
  integer('i_list', { physicalType: 'int', ...invalid({ validValues: [0, -1, 2147483647] }) }),
  integer('l_range', options({ minimum: -1, exclusiveMaximum: 1000 })),
  integer('l_huge', options({ minimum: -9007199254740991, maximum: 9007199254740991 })),
  number('f_range', { physicalType: 'float', ...options({ exclusiveMinimum: -1.5, maximum: 1.5 }) }),
  number('d_range', options({ exclusiveMinimum: 0, maximum: 1e22 })),
  number('dec_range', { ...decimal(10, 2), ...options({ exclusiveMinimum: 1.5, maximum: 99999999.98 }) }),
  number('dec_wide', { ...decimal(38, 10), ...options({ minimum: 0.0000000001, exclusiveMaximum: 1000 }) }),
  property('day_list', 'date', invalid({ validValues: ['2024-02-29', '2026-01-01'] })),
];

const member = ({ name }: Readonly<Record<string, unknown>>, token: string) => `"${name}":${token}`;

function topic(name: string, columns: typeof TYPES, more: object): ConformanceTopic {
  return {
    name,
    contract: contractOf(name, [KEY, ...columns], { ...more }),
    cases: TOKENS.map((token) =>
      one(`${name}: ${token}`, columns.map((column) => member(column, token)).join(',')),
    ),
  };
}

/** All types and rules × all tokens × both reactions to a violation × numeric strings accepted or not. */
export const TYPE_TOPICS: readonly ConformanceTopic[] = [
  topic('types_null', TYPES, {}),
  topic('types_reject', TYPES, { onTypeMismatch: 'reject' }),
  topic('types_strings', TYPES, { acceptNumericStrings: true }),
  topic('types_strings_reject', TYPES, { acceptNumericStrings: true, onTypeMismatch: 'reject' }),
  topic('gates_null', GATES, { acceptNumericStrings: true }),
  topic('gates_reject', GATES, { onTypeMismatch: 'reject' }),
];
