import type { BatchChecks } from '../check-results.ts';
import { type Codec, recordCodec } from './codec.ts';
import { BOOLEAN, COUNT, JSON_COUNT, LONG, TEXT } from './fields.ts';
import { jsonText, list, nullable, object, oneOf } from './schema.ts';

const CHECK_RESULT = object({
  rule: TEXT,
  metric: oneOf('nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'),
  column: nullable(TEXT),
  measured: nullable(JSON_COUNT),
  rows: nullable(JSON_COUNT),
  unit: oneOf('rows', 'percent'),
  expected: TEXT,
  passed: nullable(BOOLEAN),
  reason: nullable(TEXT),
  severity: oneOf('info', 'warning', 'error'),
});

/** The check results of one batch. */
export const BATCH_CHECKS: Codec<BatchChecks> = recordCodec(
  object({
    batch_id: TEXT,
    contract_version: COUNT,
    checked_at: LONG,
    results: jsonText(list(CHECK_RESULT)),
  }),
  (fields) => ({
    batchId: fields.batch_id,
    contractVersion: fields.contract_version,
    checkedAt: fields.checked_at,
    results: fields.results,
  }),
  (checks) => ({
    batch_id: checks.batchId,
    contract_version: checks.contractVersion,
    checked_at: checks.checkedAt,
    results: [...checks.results],
  }),
);
