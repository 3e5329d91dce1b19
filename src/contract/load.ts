import { LeanOpsError } from '../errors/error.ts';
import type { Problem, Topic } from './model.ts';

export type LoadedContract =
  | { readonly ok: true; readonly topic: Topic; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Turns one contract file into a frozen topic, or reports everything that is wrong with it at once. */
export function loadContract(file: string, _bytes: Uint8Array): LoadedContract {
  throw new LeanOpsError('INTERNAL', { operation: 'reading a contract', detail: 'not built yet', file });
}

export interface ContractFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** `topics` holds the sound contracts, sorted by name, even where other files have problems. */
export interface LoadedContracts {
  readonly topics: readonly Topic[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Loads a folder's contracts; two topics of one name are a problem of the second file. */
export function loadContracts(_files: readonly ContractFile[]): LoadedContracts {
  throw new LeanOpsError('INTERNAL', { operation: 'reading contracts', detail: 'not built yet' });
}
