import type { Intent } from '../../semantic/intent.ts';
import { SPARK } from '../../sql/spark.ts';

/** The relation `batch_info` of a rendered plan (src/sql/render.ts). */
export function batchInfoSql(
  intent: Pick<Intent, 'batchId' | 'contractVersion' | 'generation' | 'createdAt'>,
): string {
  return `SELECT ${SPARK.text(intent.batchId)} AS batch_id, ${intent.contractVersion} AS contract_version, ${intent.generation} AS generation, ${SPARK.fromMicros(intent.createdAt.toString())} AS created_at`;
}
