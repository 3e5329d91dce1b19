/** Microseconds since 1970-01-01T00:00:00Z: the resolution of Iceberg's timestamps. */
export type Micros = bigint;

export const MICROS_PER_MS = 1_000n;
export const MICROS_PER_SECOND = 1_000_000n;
export const MICROS_PER_HOUR = 3_600n * MICROS_PER_SECOND;
export const MICROS_PER_DAY = 24n * MICROS_PER_HOUR;
export const MS_PER_SECOND = 1_000;
export const MS_PER_DAY = 86_400_000;

/** The machine's clock, in microseconds; its resolution is one millisecond. */
export function systemClock(): Micros {
  return BigInt(Date.now()) * MICROS_PER_MS;
}

/** A length of time in microseconds. Hours may be a fraction. */
export function hoursToMicros(hours: number): Micros {
  return BigInt(Math.round(hours * Number(MICROS_PER_HOUR)));
}

/** A length of time in microseconds. Days may be a fraction. */
export function daysToMicros(days: number): Micros {
  return BigInt(Math.round(days * Number(MICROS_PER_DAY)));
}

/** A moment in UTC, as YYYY-MM-DDTHH:MM:SS.sssZ. Microseconds are cut off. */
export function isoTime(at: Micros): string {
  return new Date(Number(at / MICROS_PER_MS)).toISOString();
}

/** The UTC day of a moment, as YYYY-MM-DD. */
export function dayOf(at: Micros): string {
  return isoTime(at).slice(0, 10);
}
