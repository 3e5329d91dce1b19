import { LeanOpsError } from '../../errors/error.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { IngestOptions, IngestSource } from './options.ts';
import type { IngestResult } from './result.ts';

/**
 * Takes a source's messages into RAW and the dead letters, unit by unit, each in one commit. Throws SOURCE_MISSING,
 * SOURCE_UNREADABLE, SOURCE_TRUNCATED, FILE_CHANGED, LEASE_HELD, LEASE_LOST, INTERRUPTED, DISK_FULL; what was
 * committed before stays.
 */
export async function ingestSource(
  _workspace: Workspace,
  _topic: string,
  _source: IngestSource,
  _options: IngestOptions,
): Promise<IngestResult> {
  throw new LeanOpsError('INTERNAL', { operation: 'ingesting', detail: 'not built yet' });
}
