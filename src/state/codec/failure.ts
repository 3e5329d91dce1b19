import { ERRORS } from '../../errors/taxonomy.ts';
import type { RunFailures } from '../failure.ts';
import { type Codec, recordCodec } from './codec.ts';
import { COUNT, ERROR_CODE, LONG, TEXT } from './fields.ts';
import { object } from './schema.ts';

/** The failures of one topic, code and day. The stage is the code's and not stored. */
export const RUN_FAILURES: Codec<RunFailures> = recordCodec(
  object({ topic_name: TEXT, day: TEXT, code: ERROR_CODE, count: COUNT, first_at: LONG, last_at: LONG }),
  (fields) => ({
    topic: fields.topic_name,
    code: fields.code,
    stage: ERRORS[fields.code].stage,
    day: fields.day,
    count: fields.count,
    firstAt: fields.first_at,
    lastAt: fields.last_at,
  }),
  (failures) => ({
    topic_name: failures.topic,
    day: failures.day,
    code: failures.code,
    count: failures.count,
    first_at: failures.firstAt,
    last_at: failures.lastAt,
  }),
);
