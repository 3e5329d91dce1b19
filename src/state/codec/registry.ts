import type { RegisteredContract, TopicStatus } from '../registry.ts';
import { type Codec, recordCodec } from './codec.ts';
import { COUNT, LONG, TEXT } from './fields.ts';
import { object, oneOf } from './schema.ts';

const STATUS = oneOf('active', 'retired');

/** A topic in DynamoDB, without its versions. */
export interface TopicHead {
  readonly latestVersion: number;
  readonly status: TopicStatus;
}

export const TOPIC_HEAD: Codec<TopicHead> = recordCodec(
  object({ latest_version: COUNT, status: STATUS }),
  (fields) => ({ latestVersion: fields.latest_version, status: fields.status }),
  (head) => ({ latest_version: head.latestVersion, status: head.status }),
);

/** One registered version. */
export const REGISTERED_CONTRACT: Codec<RegisteredContract> = recordCodec(
  object({
    topic_name: TEXT,
    version: COUNT,
    hash: TEXT,
    registered_at: LONG,
    status: STATUS,
    contract: TEXT,
  }),
  (fields) => ({
    topic: fields.topic_name,
    version: fields.version,
    hash: fields.hash,
    registeredAt: fields.registered_at,
    text: fields.contract,
    status: fields.status,
  }),
  (registered) => ({
    topic_name: registered.topic,
    version: registered.version,
    hash: registered.hash,
    registered_at: registered.registeredAt,
    status: registered.status,
    contract: registered.text,
  }),
);
