import { grouped } from '../../quality/duration.ts';

/** A count with thousands separators: 1,707. */
export function count(value: number | bigint): string {
  // String(-0) is 0.
  const [whole = '', fraction] = String(value).split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

/** A count with its noun: `1 message`, `1,707 messages`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A size in bytes, in powers of 1024: 512 B, 2.4 GiB. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const amount = value / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`;
}

/** For programs: microseconds since 1970 as RFC 3339 in UTC, with six decimal digits. */
export function instant(micros: bigint): string {
  const digits = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - digits) / 1_000n)).toISOString();
  return whole.replace(/\.\d+Z$/, `.${digits.toString().padStart(6, '0')}Z`);
}

/** For people: microseconds since 1970 as 2024-02-01 10:00:00Z. */
export function moment(micros: bigint): string {
  return new Date(Number(micros / 1000n))
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}
