import type { ColumnType, Gate } from '../contract/model.ts';
import type { Dialect } from './dialect.ts';
import type { Violation } from './readings.ts';

/** The violation of one rule of the contract, over the typed value of the column. */
export function gateViolation(dialect: Dialect, gate: Gate, value: string, type: ColumnType): Violation {
  switch (gate.kind) {
    case 'minLength':
      return { when: `length(${value}) < ${gate.length}`, code: 'TOO_SHORT' };
    case 'maxLength':
      return { when: `length(${value}) > ${gate.length}`, code: 'TOO_LONG' };
    case 'pattern':
      return { when: `NOT ${dialect.matchesPattern(value, gate.pattern)}`, code: 'PATTERN_MISMATCH' };
    case 'minimum':
      return {
        when: `${value} ${gate.exclusive ? '<=' : '<'} ${bound(dialect, gate.bound, type)}`,
        code: 'BELOW_MINIMUM',
      };
    case 'maximum':
      return {
        when: `${value} ${gate.exclusive ? '>=' : '>'} ${bound(dialect, gate.bound, type)}`,
        code: 'ABOVE_MAXIMUM',
      };
    case 'validValues':
      return {
        when: `NOT ${among(dialect, value, gate.values, type)}`,
        code: 'INVALID_VALUE',
      };
    case 'validPattern':
      return { when: `NOT ${dialect.matchesPattern(value, gate.pattern)}`, code: 'INVALID_VALUE' };
    case 'missingValues':
      return { when: among(dialect, value, gate.values, type), code: 'INVALID_VALUE' };
  }
}

function among(dialect: Dialect, value: string, items: readonly string[], type: ColumnType): string {
  const list = items.map((item) => `CAST(${dialect.text(item)} AS ${dialect.type(type)})`);
  return `(${value} IN (${list.join(', ')}))`;
}

/** The rule in words, for the errors table. */
export function gateRule(gate: Gate): string {
  switch (gate.kind) {
    case 'minLength':
    case 'maxLength':
      return `${gate.kind} ${gate.length}`;
    case 'pattern':
    case 'validPattern':
      return `${gate.kind} ${gate.pattern}`;
    case 'minimum':
    case 'maximum':
      return `${gate.exclusive ? `exclusive ${gate.kind}` : gate.kind} ${gate.bound}`;
    case 'validValues':
      return `one of ${gate.values.join(' | ')}`;
    case 'missingValues':
      return `none of ${gate.values.map((value) => JSON.stringify(value)).join(' | ')}`;
  }
}

/** Integers and decimals are compared as decimals, so that no bound is rounded. */
function bound(dialect: Dialect, text: string, type: ColumnType): string {
  if (type.kind === 'float' || type.kind === 'double')
    return `CAST('${text}' AS ${dialect.type({ kind: 'double' })})`;
  const scale = text.split('.')[1]?.length ?? 0;
  return `CAST('${text}' AS ${dialect.type({ kind: 'decimal', precision: 38, scale })})`;
}
