import type { LeanOpsError } from './error.ts';
import type { PlaceName, Remedy, RemedyNames } from './spec.ts';
import { ERRORS, type ErrorCode } from './taxonomy.ts';

/** A name that is not known is shown as in the help: TOPIC, ID. */
const UNKNOWN_NAMES: Required<RemedyNames> = { topic: 'TOPIC', id: 'ID' };

/** What to do about the error, for a reader in that place. Names of the error itself go before `names`. */
export function remedyOf(error: LeanOpsError, place: PlaceName, names: RemedyNames = {}): string {
  const { remedy, about } = error.details;
  return filled(remedy ?? ERRORS[error.code].remedy, place, { ...names, ...about });
}

/** What to do about errors of that code, for a reader in that place. */
export function remedyFor(code: ErrorCode, place: PlaceName, names: RemedyNames = {}): string {
  return filled(ERRORS[code].remedy, place, names);
}

function filled(remedy: Remedy, place: PlaceName, names: RemedyNames): string {
  const text = typeof remedy === 'string' ? remedy : remedy[place];
  return text.replace(/\{(topic|id)\}/g, (_, name: keyof RemedyNames) => names[name] ?? UNKNOWN_NAMES[name]);
}
