import type { Observed } from './observe.ts';

/** The type that a place's values speak for. */
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
  /** What the values were, for a comment; holds no value. */
  readonly reason: string;
}

const RFC3339 =
  /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d+))?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME_NAME = /(^|_)(time|timestamp|ts|date|at|on|updated|created|modified|published|occurred)$/;
const MONEY_NAME = /(^|_)(amount|price|cost|total|subtotal|tax|fee|balance|discount)$/;
/** 2001-09-09 to 2096-10-02 in either unit, so that seconds and milliseconds can't be mixed up. */
const EPOCH_SECONDS = [1_000_000_000, 4_000_000_000] as const;

/** Infers from all values seen; `name` is the field's name in snake_case. */
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

function inferText(place: Observed): InferredType {
  const all = (test: (text: string) => boolean): boolean => place.values.every(test);
  const plain = { physicalType: null, epoch: null, truncate: false, sure: true };
  const count = place.values.length;
  if (all((text) => RFC3339.test(text) && isCalendarDay(text))) {
    const truncate = place.values.some((text) => /[1-9]/.test((RFC3339.exec(text)?.[2] ?? '').slice(6)));
    return { ...plain, logicalType: 'timestamp', truncate, reason: `RFC 3339 in all ${count} values` };
  }
  if (all((text) => DATE.test(text) && isCalendarDay(text)))
    return { ...plain, logicalType: 'date', reason: `YYYY-MM-DD in all ${count} values` };
  return { ...plain, logicalType: 'string', reason: `text in all ${count} values` };
}

function isCalendarDay(text: string): boolean {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return (
    !Number.isNaN(date.getTime()) &&
    date.toISOString().startsWith(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text.replace(' ', 'T')))
  );
}

function inferNumber(name: string, place: Observed): InferredType {
  const plain = { physicalType: null, epoch: null, truncate: false };
  const count = place.numbers.length;
  const whole = !place.kinds.has('number');
  const within = (factor: number): boolean =>
    place.numbers.every((n) => n >= EPOCH_SECONDS[0] * factor && n < EPOCH_SECONDS[1] * factor);
  if (whole && TIME_NAME.test(name) && (within(1) || within(1_000))) {
    const epoch = within(1) ? 's' : 'ms';
    return {
      ...plain,
      logicalType: 'timestamp',
      epoch,
      sure: false,
      reason: `by name and range, ${epoch === 's' ? 'seconds' : 'milliseconds'} since 1970`,
    };
  }
  if (whole)
    return { ...plain, logicalType: 'integer', sure: true, reason: `integer in all ${count} values` };
  if (MONEY_NAME.test(name) && place.numbers.every((n) => /^-?\d{1,13}(\.\d{1,2})?$/.test(String(n)))) {
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
