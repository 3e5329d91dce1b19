import { MAINTENANCE_ACTIONS, type MaintenanceEntry } from '../maintenance.ts';
import { type Codec, recordCodec } from './codec.ts';
import { LONG, NUMBER, TEXT } from './fields.ts';
import { jsonText, named, object, oneOf } from './schema.ts';

const FIGURES = jsonText(named(NUMBER));

/** One maintenance action. */
export const MAINTENANCE_ENTRY: Codec<MaintenanceEntry> = recordCodec(
  object({
    table_name: TEXT,
    started_at: LONG,
    ended_at: LONG,
    action: oneOf(...MAINTENANCE_ACTIONS),
    before: FIGURES,
    after: FIGURES,
  }),
  (fields) => ({
    table: fields.table_name,
    action: fields.action,
    startedAt: fields.started_at,
    endedAt: fields.ended_at,
    before: fields.before,
    after: fields.after,
  }),
  (entry) => ({
    table_name: entry.table,
    started_at: entry.startedAt,
    ended_at: entry.endedAt,
    action: entry.action,
    before: { ...entry.before },
    after: { ...entry.after },
  }),
);
