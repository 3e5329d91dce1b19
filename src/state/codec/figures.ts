import type { IntakeCounts } from '../../quality/ledger.ts';
import type { BatchCounts } from '../../semantic/fates.ts';
import { type Codec, recordCodec } from './codec.ts';
import { AMOUNT, COUNT } from './fields.ts';
import { object, sum } from './schema.ts';

/** The fates of a batch or a sum of them. Each may be negative: a redrive posts a negative `rejected`. */
export const OUTCOME_FIELDS = {
  raw_rows: AMOUNT,
  inserted: AMOUNT,
  updated: AMOUNT,
  duplicate: AMOUNT,
  superseded: AMOUNT,
  stale: AMOUNT,
  rejected: AMOUNT,
};

/** What one commit of the ingest adds to the ledger. */
export const INTAKE_FIELDS = { received: COUNT, raw: COUNT, dead_lettered: COUNT };

/** `BatchCounts` under their stored names. */
export interface OutcomeFields {
  readonly raw_rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly duplicate: number;
  readonly superseded: number;
  readonly stale: number;
  readonly rejected: number;
}

/** The stored fields of a batch's counts. */
export function outcomeFields({ rawRows, ...fates }: BatchCounts): OutcomeFields {
  const { inserted, updated, duplicate, superseded, stale, rejected } = fates;
  return { raw_rows: rawRows, inserted, updated, duplicate, superseded, stale, rejected };
}

/** The counts of a batch from their stored fields. */
export function outcomesOf({ raw_rows: rawRows, ...fates }: OutcomeFields): BatchCounts {
  const { inserted, updated, duplicate, superseded, stale, rejected } = fates;
  return { rawRows, inserted, updated, duplicate, superseded, stale, rejected };
}

/** Daily figures without their day. */
export interface DayFigures {
  readonly batches: number;
  readonly intake: IntakeCounts;
  readonly outcomes: BatchCounts;
}

/** Figures that only grow by addition, so a DynamoDB item lacks those that nothing was added to. */
export const DAY_FIGURES: Codec<DayFigures> = recordCodec(
  object({
    batches: sum(AMOUNT),
    received: sum(AMOUNT),
    raw: sum(AMOUNT),
    dead_lettered: sum(AMOUNT),
    raw_rows: sum(AMOUNT),
    inserted: sum(AMOUNT),
    updated: sum(AMOUNT),
    duplicate: sum(AMOUNT),
    superseded: sum(AMOUNT),
    stale: sum(AMOUNT),
    rejected: sum(AMOUNT),
  }),
  ({ batches, received, raw, dead_lettered: deadLettered, ...fates }) => ({
    batches,
    intake: { received, raw, deadLettered },
    outcomes: outcomesOf(fates),
  }),
  ({ batches, intake: { received, raw, deadLettered }, outcomes }) => ({
    batches,
    received,
    raw,
    dead_lettered: deadLettered,
    ...outcomeFields(outcomes),
  }),
);
