import { type Codec, recordCodec } from './codec.ts';
import { LONG } from './fields.ts';
import { object } from './schema.ts';

/** The number of writes to a DynamoDB item, by which a writer notices that another one was faster. */
export const REVISION: Codec<bigint> = recordCodec(
  object({ revision: LONG }),
  ({ revision }) => revision,
  (revision) => ({ revision }),
);
