const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Microseconds since 1970 of an RFC 3339 text, further digits cut off; null if it is not a valid time. */
export function microsOf(text: string): bigint | null {
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [, date = '', time = '', fraction = '', sign = '+', hours = '0', minutes = '0'] = match;
  if (!isDate(date)) return null;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  const local = BigInt(Date.parse(`${date}T${time}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
  return local - BigInt(offset) * 60_000_000n;
}

/** Returns true if the text is YYYY-MM-DD and a date of the calendar, from year 1 on. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const time = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}
