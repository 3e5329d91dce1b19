import type { Intent } from '../semantic/intent.ts';
import type { Dialect } from './dialect.ts';

/** The plan's input `batch_info` (src/sql/relation.ts), as a query. `createdAt` is in microseconds since 1970. */
export function batchInfoSql(
  intent: Pick<Intent, 'batchId' | 'contractVersion' | 'generation' | 'createdAt'>,
  dialect: Dialect,
): string {
  return `SELECT ${dialect.text(intent.batchId)} AS batch_id, ${intent.contractVersion} AS contract_version, ${intent.generation} AS generation, ${dialect.fromMicros(intent.createdAt.toString())} AS created_at`;
}
