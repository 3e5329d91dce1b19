import type { Masking } from '../contract/model.ts';
import type { Dialect } from './dialect.ts';

/** Shown instead of a hidden value. */
const HIDDEN = '***';

/** The masked form of a text expression; NULL stays NULL. Hashing needs `masking_key` as `k` in scope. */
export function masked(dialect: Dialect, masking: Masking, text: string): string {
  switch (masking.kind) {
    case 'hash':
      return dialect.hmac(text);
    case 'redact':
      return `CASE WHEN ${text} IS NOT NULL THEN '${HIDDEN}' END`;
    case 'partial':
      // A shorter text would show more than half of itself.
      return (
        `CASE WHEN length(${text}) >= ${2 * masking.keep} THEN '${HIDDEN}' || right(${text}, ${masking.keep}) ` +
        `WHEN ${text} IS NOT NULL THEN '${HIDDEN}' END`
      );
    case 'null':
      // A NULL of the column's type: a bare NULL is an integer.
      return `CASE WHEN false THEN ${text} END`;
  }
}
