import type { Observed } from './observe.ts';

/** The type that the values at a place suggest. */
export interface InferredType {
  readonly logicalType:
    | 'string'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'date'
    | 'timestamp'
    | 'object'
    | 'array';
  readonly physicalType: string | null;
  readonly epoch: 's' | 'ms' | null;
  readonly truncate: boolean;
  /** All values agree. */
  readonly sure: boolean;
  /** A description of the values for a comment, without any value. */
  readonly reason: string;
}

const TIME_NAME = /(^|_)(time|timestamp|ts|date|at|on|updated|created|modified|published|occurred)$/;
const MONEY_NAME = /(^|_)(amount|price|cost|total|subtotal|tax|fee|balance|discount)$/;

/** Infers from all values seen. `name` is the field's name in snake_case. */
export function inferType(name: string, place: Observed): InferredType {
  const plain = { physicalType: null, epoch: null, truncate: false };
  const counts = [...place.kinds].sort((a, b) => b[1] - a[1]);
  const [top, second] = counts;
  if (top === undefined)
    return { ...plain, logicalType: 'string', sure: false, reason: 'only null was seen' };
  const numeric = counts.every(([kind]) => kind === 'integer' || kind === 'number');
  if (second !== undefined && !numeric) {
    const seen = counts.map(([kind, count]) => `${count} ${kind}`).join(', ');
    return { ...plain, logicalType: top[0], sure: false, reason: `mixed: ${seen}` };
  }
  if (numeric) return inferNumber(name, place);
  if (top[0] === 'string') return inferText(place);
  return { ...plain, logicalType: top[0], sure: true, reason: `${top[0]} in all ${top[1]} values` };
}

function inferText({ forms, kinds }: Observed): InferredType {
  const plain = { physicalType: null, epoch: null, truncate: false, sure: true };
  const count = kinds.get('string') ?? 0;
  if (forms.get('timestamp') === count) {
    const truncate = forms.has('precise');
    return { ...plain, logicalType: 'timestamp', truncate, reason: `RFC 3339 in all ${count} values` };
  }
  if (forms.get('date') === count)
    return { ...plain, logicalType: 'date', reason: `YYYY-MM-DD in all ${count} values` };
  return { ...plain, logicalType: 'string', reason: `text in all ${count} values` };
}

function inferNumber(name: string, { numbers, kinds }: Observed): InferredType {
  const plain = { physicalType: null, epoch: null, truncate: false };
  const { count } = numbers;
  const whole = !kinds.has('number');
  const seconds = numbers.epochSeconds === count;
  if (whole && TIME_NAME.test(name) && (seconds || numbers.epochMillis === count)) {
    return {
      ...plain,
      logicalType: 'timestamp',
      epoch: seconds ? 's' : 'ms',
      sure: false,
      reason: `by name and range, ${seconds ? 'seconds' : 'milliseconds'} since 1970`,
    };
  }
  if (whole)
    return { ...plain, logicalType: 'integer', sure: true, reason: `integer in all ${count} values` };
  if (MONEY_NAME.test(name) && numbers.money === count) {
    return {
      ...plain,
      logicalType: 'number',
      physicalType: 'decimal(18,2)',
      sure: false,
      reason: 'by name and digits, an amount of money',
    };
  }
  return { ...plain, logicalType: 'number', sure: true, reason: `number in all ${count} values` };
}
