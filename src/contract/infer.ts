import { LeanOpsError } from '../errors/error.ts';

/**
 * Proposes a contract from parsed sample messages, as ODCS YAML whose comments tell what was sure and what guessed.
 * The text loads without problems.
 */
export function inferContract(_topic: string, _samples: readonly unknown[]): string {
  throw new LeanOpsError('INTERNAL', { operation: 'inferring a contract', detail: 'not built yet' });
}
