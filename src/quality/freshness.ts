import { MICROS_PER_SECOND, type Micros, MS_PER_SECOND } from '../base/time.ts';
import { duration } from './duration.ts';

/** A moment. null: there is none. unknown: it could not be measured. */
export type Moment = Micros | null | { readonly unknown: string };

/** Events published further in the future than clocks may differ, as far as the bounds of files show. */
export interface FutureEvents {
  /** Files of RAW and of the semantic table that contain one. */
  readonly files: number;
  /** Rows of those files: an upper limit for the number of events. */
  readonly rowsAtMost: number;
}

export interface Clocks {
  readonly now: Micros;
  /** Publish time of the newest event in the semantic table or RAW. */
  readonly newestEvent: Moment;
  /** null: there are none, or it is unknown. */
  readonly future: FutureEvents | null;
  /** Reception time of the oldest message that is not in a table yet. */
  readonly oldestPending: Moment;
  /** Ingestion time of the oldest RAW row after the checkpoint. */
  readonly oldestUnprocessed: Moment;
}

/** The contract's service level. */
export interface FreshnessLimits {
  readonly warnSeconds: number;
  readonly lateSeconds: number;
}

export type FreshnessState =
  | 'NO_DATA_YET'
  | 'FRESH'
  | 'WARN'
  | 'UPSTREAM_SILENT'
  | 'PIPELINE_LATE'
  | 'UNKNOWN';

export interface Freshness {
  readonly state: FreshnessState;
  readonly reason: string;
  /** In seconds. null if there is no moment or it is unknown. Negative: the moment is in the future. */
  readonly newestEventAge: number | null;
  readonly oldestPendingAge: number | null;
  readonly oldestUnprocessedAge: number | null;
}

/** Clocks of synchronized machines differ by less. Beyond it, an age means nothing. */
export const MAX_SKEW_SECONDS = 300;

/** Judges three clocks against the service level. Without a service level the state is UNKNOWN. Pure. */
export function freshnessOf(
  clocks: Clocks,
  limits: FreshnessLimits | { readonly unknown: string },
): Freshness {
  const ages = {
    newestEventAge: ageOf(clocks.newestEvent, clocks.now),
    oldestPendingAge: ageOf(clocks.oldestPending, clocks.now),
    oldestUnprocessedAge: ageOf(clocks.oldestUnprocessed, clocks.now),
  };
  if ('unknown' in limits)
    return { state: 'UNKNOWN', reason: `the service level is unknown: ${limits.unknown}`, ...ages };
  return { ...judge(clocks, ages, limits), ...ages };
}

type Ages = Pick<Freshness, 'newestEventAge' | 'oldestPendingAge' | 'oldestUnprocessedAge'>;
interface Clock {
  readonly what: string;
  readonly age: number | null;
}
type Verdict = Pick<Freshness, 'state' | 'reason'>;

/** In order of weight: known to be late first, then unknown, then healthy. */
function judge(clocks: Clocks, ages: Ages, limits: FreshnessLimits): Verdict {
  const { warnSeconds, lateSeconds } = limits;
  const waiting: readonly Clock[] = [
    { what: 'the oldest pending message was received', age: ages.oldestPendingAge },
    { what: 'the oldest unprocessed RAW row was ingested', age: ages.oldestUnprocessedAge },
  ];
  const late = waiting.find(({ age }) => age !== null && age > lateSeconds);
  if (late !== undefined) return verdict('PIPELINE_LATE', late, lateSeconds);
  const doubt = doubtOf(clocks, ages);
  if (doubt !== null) return { state: 'UNKNOWN', reason: doubt };
  const { newestEventAge } = ages;
  const idle = waiting.every(({ age }) => age === null);
  if (newestEventAge === null && idle)
    return { state: 'NO_DATA_YET', reason: 'nothing has been received yet' };
  const newest: Clock = { what: 'the newest event was published', age: newestEventAge };
  if (newestEventAge !== null && newestEventAge > lateSeconds)
    return verdict('UPSTREAM_SILENT', newest, lateSeconds);
  const warning = [...waiting, newest].find(({ age }) => age !== null && age > warnSeconds);
  if (warning !== undefined) return verdict('WARN', warning, warnSeconds);
  return { state: 'FRESH', reason: 'every clock is within the service level' };
}

/** A clock that can't be read, or that runs ahead of this machine's, would make old data look new. */
function doubtOf(clocks: Clocks, ages: Ages): string | null {
  const read = [
    { what: 'the newest event', moment: clocks.newestEvent, age: ages.newestEventAge },
    { what: 'the oldest pending message', moment: clocks.oldestPending, age: ages.oldestPendingAge },
    {
      what: 'the oldest unprocessed RAW row',
      moment: clocks.oldestUnprocessed,
      age: ages.oldestUnprocessedAge,
    },
  ];
  for (const { what, moment, age } of read) {
    if (moment !== null && typeof moment === 'object') return `${what} is unknown: ${moment.unknown}`;
    if (age !== null && age < -MAX_SKEW_SECONDS) {
      const { future } = clocks;
      const extent = future === null || moment !== clocks.newestEvent ? '' : extentText(future);
      return `${what} is ${seconds(-age)} in the future${extent}; check the clocks of the producer and this machine`;
    }
  }
  return null;
}

function extentText({ files, rowsAtMost }: FutureEvents): string {
  return ` (${files} ${files === 1 ? 'file contains' : 'files contain'} such events, of at most ${rowsAtMost} rows)`;
}

function verdict(state: FreshnessState, clock: Clock, limit: number): Verdict {
  return { state, reason: `${clock.what} ${seconds(clock.age ?? 0)} ago; the limit is ${seconds(limit)}` };
}

function seconds(amount: number): string {
  return duration(Math.round(amount) * MS_PER_SECOND);
}

function ageOf(moment: Moment, now: Micros): number | null {
  return typeof moment === 'bigint' ? Number(now - moment) / Number(MICROS_PER_SECOND) : null;
}
