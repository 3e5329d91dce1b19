/** 1,707. By hand: loading Intl takes as long as all the rest of a short command. */
export function count(value: number | bigint): string {
  // String(-0) is 0.
  const [whole = '', fraction] = String(value).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1 message`, `1,707 messages`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Bytes in powers of 1024: 512 B, 2.4 GiB. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  const amount = value / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`;
}

/** Milliseconds as 340 ms, 2.1 s, 3 min 20 s, 2 h 5 min, 12 d 3 h. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${count(Math.floor(hours / 24))} d ${hours % 24} h`;
}

/** Microseconds since 1970 as RFC 3339 in UTC, with all six digits: for programs. */
export function instant(micros: bigint): string {
  const digits = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - digits) / 1_000n)).toISOString();
  return whole.replace(/\.\d+Z$/, `.${digits.toString().padStart(6, '0')}Z`);
}

/** Microseconds since 1970 as 2024-02-01 10:00:00Z: for people. */
export function moment(micros: bigint): string {
  return new Date(Number(micros / 1000n))
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}
