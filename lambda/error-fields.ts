import { LeanOpsError } from '../src/errors/error.ts';
import { remedyOf } from '../src/errors/remedy.ts';
import { sentences } from '../src/errors/sentences.ts';
import type { RemedyNames } from '../src/errors/spec.ts';

/**
 * What the log says about an error; `names` fill its remedy. Texts of services and engines may quote values of
 * messages, so they are left out.
 */
export function errorFields(
  error: unknown,
  names: RemedyNames = {},
): { readonly code: string; readonly detail: string } {
  if (error instanceof LeanOpsError)
    return { code: error.code, detail: sentences(error.message, remedyOf(error, 'aws', names)) };
  return { code: 'INTERNAL', detail: error instanceof Error ? error.name : 'unknown' };
}
