import type { Intent } from '../../semantic/intent.ts';
import type { Checkpoint } from '../checkpoint.ts';
import { type Codec, recordCodec } from './codec.ts';
import { COUNT, JSON_COUNT, JSON_LONG, LONG, SHARE, TEXT, WORK } from './fields.ts';
import { INTAKE_FIELDS, OUTCOME_FIELDS, outcomeFields, outcomesOf } from './figures.ts';
import { INTENT_FIELDS, INTENT_TEXT } from './intent.ts';
import { jsonText, object, optional, type Schema } from './schema.ts';

/** A checkpoint in SQLite. */
export const CHECKPOINT_ROW = checkpointCodec(INTENT_TEXT);
/** A checkpoint in DynamoDB. */
export const CHECKPOINT_ITEM = checkpointCodec(INTENT_FIELDS);

function checkpointCodec(intent: Schema<Intent>): Codec<Checkpoint> {
  return recordCodec(
    checkpointFields(intent),
    (fields) => ({
      topic: fields.topic_name,
      snapshotId: fields.snapshot_id,
      sequenceNumber: fields.sequence_number,
      batchId: fields.batch_id,
      generation: fields.generation,
      contractVersion: fields.contract_version,
      maskingKeyFingerprint: fields.masking_key_fingerprint,
      fencingToken: fields.fencing_token,
      completedAt: fields.completed_at,
      checkedAt: fields.checked_at,
      intent: fields.intent,
      totals: {
        received: fields.received,
        raw: fields.raw,
        deadLettered: fields.dead_lettered,
        outcomes: outcomesOf(fields),
        gone: fields.gone,
      },
      halt: fields.halt,
      accepted: fields.accepted,
    }),
    ({ totals, ...checkpoint }) => ({
      topic_name: checkpoint.topic,
      snapshot_id: checkpoint.snapshotId,
      sequence_number: checkpoint.sequenceNumber,
      batch_id: checkpoint.batchId,
      generation: checkpoint.generation,
      contract_version: checkpoint.contractVersion,
      masking_key_fingerprint: checkpoint.maskingKeyFingerprint,
      fencing_token: checkpoint.fencingToken,
      completed_at: checkpoint.completedAt,
      checked_at: checkpoint.checkedAt,
      intent: checkpoint.intent,
      received: totals.received,
      raw: totals.raw,
      dead_lettered: totals.deadLettered,
      ...outcomeFields(totals.outcomes),
      gone: totals.gone,
      halt: checkpoint.halt,
      accepted: checkpoint.accepted,
    }),
  );
}

function checkpointFields(intent: Schema<Intent>) {
  return object({
    topic_name: TEXT,
    snapshot_id: optional(LONG),
    sequence_number: LONG,
    batch_id: optional(TEXT),
    generation: COUNT,
    contract_version: optional(COUNT),
    masking_key_fingerprint: optional(TEXT),
    fencing_token: LONG,
    completed_at: optional(LONG),
    checked_at: optional(LONG),
    intent: optional(intent),
    ...INTAKE_FIELDS,
    ...OUTCOME_FIELDS,
    gone: jsonText(
      object({
        erased: JSON_COUNT,
        expired: JSON_COUNT,
        unreached: JSON_COUNT,
        carried: JSON_COUNT,
        erasedRows: JSON_COUNT,
        erasedErrors: JSON_COUNT,
        erasedLetters: JSON_COUNT,
        expiredLetters: JSON_COUNT,
      }),
    ),
    halt: optional(
      jsonText(
        object({
          work: WORK,
          bad: JSON_COUNT,
          of: JSON_COUNT,
          share: SHARE,
          at: JSON_LONG,
        }),
      ),
    ),
    accepted: optional(WORK),
  });
}
