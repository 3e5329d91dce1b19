import { type Cursor, show } from './cursor.ts';
import { compareDecimals, parseDecimal } from './decimal.ts';
import type { Topic } from './model.ts';
import { didYouMean } from './suggest.ts';

const SECOND_UNITS: Readonly<Record<string, number>> = {
  ...{ s: 1, sec: 1, second: 1, seconds: 1 },
  ...{ min: 60, minute: 60, minutes: 60 },
  ...{ h: 3_600, hr: 3_600, hour: 3_600, hours: 3_600 },
  ...{ d: 86_400, day: 86_400, days: 86_400 },
  ...{ w: 604_800, wk: 604_800, week: 604_800, weeks: 604_800 },
  ...{ y: 31_536_000, yr: 31_536_000, year: 31_536_000, years: 31_536_000 },
};
/** 100 years. Anything longer is a mistyped unit. */
const MAX_SECONDS = 3_153_600_000;
const DEFAULT_LATE_SECONDS = 4 * 3_600;
const KEYS = [
  'id',
  'property',
  'value',
  'valueExt',
  'unit',
  'element',
  'driver',
  'description',
  'scheduler',
  'schedule',
];
const INTERPRETED = ['freshness', 'latency', 'retention'];
/** Further names that ODCS defines. They are kept as documentation. */
const DOCUMENTATION = [
  ...[
    'availability',
    'throughput',
    'errorRate',
    'generalAvailability',
    'endOfSupport',
    'endOfLife',
    'frequency',
  ],
  ...['timeOfAvailability', 'timeToDetect', 'timeToNotify', 'timeToRepair'],
];

export type ServiceLevels = Pick<Topic, 'freshness' | 'retentionSeconds'>;

/** Reads slaProperties: when a topic is late, and how long RAW keeps its rows. */
export function readServiceLevels(root: Cursor): ServiceLevels {
  const seconds = new Map<string, number>();
  for (const entry of root.get('slaProperties')?.list() ?? []) {
    if (!entry.map(KEYS)) continue;
    const nameAt = entry.need('property', 'a name such as freshness', 'Name the property.');
    const valueAt = entry.need('value', 'a value', 'Give the property a value.');
    const name = nameAt?.text() ?? null;
    if (nameAt === null || name === null || valueAt === null) continue;
    if (INTERPRETED.includes(name)) {
      const role = name === 'latency' ? 'freshness' : name;
      if (seconds.has(role))
        nameAt.fail(
          `${name} is given a second time (freshness and latency mean the same)`,
          'Keep one of them.',
        );
      seconds.set(role, readSeconds(entry, valueAt) ?? 1);
    } else if (!DOCUMENTATION.includes(name) && !/[.:/]|^x-/.test(name)) {
      nameAt.fail(
        `unknown service level ${show(name)}`,
        didYouMean(
          name,
          [...INTERPRETED, ...DOCUMENTATION],
          `Known: ${[...INTERPRETED, ...DOCUMENTATION].join(', ')}. Give others a namespace, as in acme.${name}.`,
        ),
      );
    }
  }
  const late = seconds.get('freshness') ?? DEFAULT_LATE_SECONDS;
  return {
    freshness: { warnSeconds: Math.max(1, Math.floor(late / 2)), lateSeconds: late },
    retentionSeconds: seconds.get('retention') ?? null,
  };
}

function readSeconds(entry: Cursor, valueAt: Cursor): number | null {
  entry.get('valueExt')?.fail('valueExt is not supported here', 'Give one value with one unit.');
  const number = valueAt.numberText();
  const value = number === null ? null : parseDecimal(number);
  const unitAt = entry.need('unit', 'a unit such as h', 'Name the unit: s, min, h, d, w or y.');
  const unit = unitAt?.text() ?? null;
  if (number !== null && value === null)
    valueAt.fail(`expected a decimal number, found ${show(number)}`, 'Write, for example, 4 or 0.5.');
  if (unitAt === null || unit === null || value === null) return null;
  const factor = Object.hasOwn(SECOND_UNITS, unit) ? SECOND_UNITS[unit] : undefined;
  if (factor === undefined) {
    const months = /^(m|mo|months?)$/i.test(unit);
    unitAt.fail(
      `expected a unit s, min, h, d, w or y, found ${show(unit)}`,
      months
        ? 'Write min for minutes. For months, write a number of days.'
        : didYouMean(unit, Object.keys(SECOND_UNITS), 'Choose one of these.'),
    );
    return null;
  }
  const product = { unscaled: value.unscaled * BigInt(factor), scale: value.scale };
  const below = compareDecimals(product, { unscaled: 1n, scale: 0 }) < 0;
  if (!below && compareDecimals(product, { unscaled: BigInt(MAX_SECONDS), scale: 0 }) <= 0) {
    return Number(product.unscaled / 10n ** BigInt(product.scale));
  }
  valueAt.fail('expected a time from one second to 100 years', 'Check value and unit.');
  return null;
}
