import { MICROS_PER_MS, MICROS_PER_SECOND } from '../../base/time.ts';
import { usage } from './read-call.ts';

/** Seconds per unit. */
const UNITS: Readonly<Record<string, bigint>> = { m: 60n, h: 3_600n, d: 86_400n };

/**
 * A moment in microseconds since 1970, from a date, an RFC 3339 time, or an age (30m, 24h, 7d). `now` has the same
 * unit. Throws USAGE.
 */
export function readMoment(text: string, now: bigint): bigint {
  const ago = /^(\d{1,6})([mhd])$/.exec(text);
  if (ago !== null) return now - BigInt(ago[1] ?? 0) * (UNITS[ago[2] ?? ''] ?? 0n) * MICROS_PER_SECOND;
  const written = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const ms = written ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw usage(
      `${JSON.stringify(text)} is not a time; expected a form such as 2024-02-01, 2024-02-01T10:00:00Z, 24h or 7d`,
    );
  return BigInt(ms) * MICROS_PER_MS;
}

/** Seconds with three decimals. */
export function round(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
