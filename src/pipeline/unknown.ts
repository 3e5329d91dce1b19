import { LeanOpsError } from '../errors/error.ts';

/** An error with a code makes a figure or moment unknown. Any other error, and INTERNAL, is a defect and is thrown again. */
export function unknownBecause(error: unknown): { readonly unknown: string } {
  if (!(error instanceof LeanOpsError) || error.code === 'INTERNAL') throw error;
  return { unknown: error.message };
}
