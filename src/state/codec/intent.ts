import { BATCH_KINDS } from '../../semantic/batch-form.ts';
import type { Intent } from '../../semantic/intent.ts';
import { COUNT, ERROR_CODE, JSON_COUNT, JSON_LONG, LONG, TEXT } from './fields.ts';
import { jsonText, mapped, nullable, object, oneOf, optional, type Schema } from './schema.ts';

const KIND = oneOf(...BATCH_KINDS);

const SELECTION = object({ code: nullable(ERROR_CODE), messageId: nullable(TEXT) });

/** An intent as JSON text: SQLite's form. */
export const INTENT_TEXT: Schema<Intent> = jsonText(
  object({
    batchId: TEXT,
    kind: KIND,
    topic: TEXT,
    startSnapshotId: nullable(JSON_LONG),
    endSnapshotId: JSON_LONG,
    generation: JSON_COUNT,
    contractVersion: JSON_COUNT,
    maskingKeyFingerprint: nullable(TEXT),
    afterBatchId: nullable(TEXT),
    selection: nullable(SELECTION),
    fencingToken: JSON_LONG,
    createdAt: JSON_LONG,
  }),
);

/** An intent as a map of fields: DynamoDB's form. */
export const INTENT_FIELDS: Schema<Intent> = mapped(
  object({
    batch_id: TEXT,
    kind: KIND,
    topic: TEXT,
    start_snapshot_id: optional(LONG),
    end_snapshot_id: LONG,
    generation: COUNT,
    contract_version: COUNT,
    masking_key_fingerprint: optional(TEXT),
    after_batch_id: optional(TEXT),
    selection: optional(jsonText(SELECTION)),
    fencing_token: LONG,
    created_at: LONG,
  }),
  (fields) => ({
    batchId: fields.batch_id,
    kind: fields.kind,
    topic: fields.topic,
    startSnapshotId: fields.start_snapshot_id,
    endSnapshotId: fields.end_snapshot_id,
    generation: fields.generation,
    contractVersion: fields.contract_version,
    maskingKeyFingerprint: fields.masking_key_fingerprint,
    afterBatchId: fields.after_batch_id,
    selection: fields.selection,
    fencingToken: fields.fencing_token,
    createdAt: fields.created_at,
  }),
  (intent) => ({
    batch_id: intent.batchId,
    kind: intent.kind,
    topic: intent.topic,
    start_snapshot_id: intent.startSnapshotId,
    end_snapshot_id: intent.endSnapshotId,
    generation: intent.generation,
    contract_version: intent.contractVersion,
    masking_key_fingerprint: intent.maskingKeyFingerprint,
    after_batch_id: intent.afterBatchId,
    selection: intent.selection,
    fencing_token: intent.fencingToken,
    created_at: intent.createdAt,
  }),
);
