/** An exact decimal number: unscaled × 10^-scale. */
export interface Decimal {
  readonly unscaled: bigint;
  /** Digits after the point. Never negative, without trailing zeros. */
  readonly scale: number;
}

const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Reads the text of a decimal number. null for other text (hexadecimal, octal, infinite, not a number). */
export function parseDecimal(text: string): Decimal | null {
  const match = NUMBER.exec(text);
  if (match?.[2] === undefined) return null;
  const fraction = match[3] ?? '';
  const exponent = Number(match[4] ?? 0);
  let unscaled = BigInt(match[2] + fraction) * (match[1] === '-' ? -1n : 1n);
  let scale = fraction.length - exponent;
  if (scale < 0) {
    unscaled *= 10n ** BigInt(-scale);
    scale = 0;
  }
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale -= 1;
  }
  return { unscaled, scale };
}

/** Plain text without exponent. */
export function formatDecimal(value: Decimal): string {
  const digits = (value.unscaled < 0n ? -value.unscaled : value.unscaled)
    .toString()
    .padStart(value.scale + 1, '0');
  const sign = value.unscaled < 0n ? '-' : '';
  if (value.scale === 0) return sign + digits;
  return `${sign}${digits.slice(0, -value.scale)}.${digits.slice(-value.scale)}`;
}

/** Negative, zero or positive as a is less than, equal to or greater than b. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const left = a.unscaled * 10n ** BigInt(Math.max(0, b.scale - a.scale));
  const right = b.unscaled * 10n ** BigInt(Math.max(0, a.scale - b.scale));
  return left < right ? -1 : left > right ? 1 : 0;
}
