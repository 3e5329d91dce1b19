import { LeanOpsError } from '../errors/error.ts';

/** A failure that has a name makes a figure or moment unknown; any other is a bug and goes on. */
export function unknownBecause(error: unknown): { readonly unknown: string } {
  if (!(error instanceof LeanOpsError) || error.code === 'INTERNAL') throw error;
  return { unknown: error.message };
}
