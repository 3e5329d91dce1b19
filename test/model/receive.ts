import { createHash } from 'node:crypto';
import type { PathSegment, Topic } from '../../src/contract/model.ts';
import { type JsonNode, Refused, readObject, stringOf } from './json.ts';
import { microsOf } from './time.ts';

/** A message as RAW would hold it, as far as fates depend on it. */
export interface ModelMessage {
  readonly messageId: string;
  readonly publishTime: bigint;
  readonly idempotencyKey: string;
  readonly payload: JsonNode;
}

/** What stands in for a publish time, and how late one may be; microseconds since 1970. */
export interface ModelReception {
  readonly arrival: bigint;
  readonly latest: bigint;
}

interface Envelope {
  readonly id: JsonNode | undefined;
  readonly time: JsonNode | undefined;
  readonly payload: JsonNode | undefined;
  readonly prefix: string;
}

const MAX_RECORD_BYTES = 1_000_000;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Reads a message from its bytes. Throws Refused with the code of the dead letter. */
export function receiveModel(bytes: Uint8Array, topic: Topic, reception: ModelReception): ModelMessage {
  const message = readObject(bytes);
  const { id, time, payload, prefix } = open(message, topic.envelope);
  if (payload?.kind !== 'object') throw new Refused('PAYLOAD_NOT_AN_OBJECT');
  const own = plainText(id, 'MESSAGE_ID_INVALID');
  const messageId =
    own === null ? `sha256:${createHash('sha256').update(bytes).digest('hex')}` : prefix + own;
  const publishTime = publishTimeOf(
    topic.publishTimePath ? find(message, topic.publishTimePath) : time,
    reception,
  );
  const metadata = payload.members.get('_metadata');
  const keyNode = topic.idempotencyKeyPath
    ? find(message, topic.idempotencyKeyPath)
    : (present(metadata?.members.get('idempotencyKeyResource')) ?? payload.members.get('idempotency_key'));
  if (present(keyNode) === undefined) throw new Refused('IDEMPOTENCY_KEY_MISSING');
  const idempotencyKey = plainText(keyNode, 'IDEMPOTENCY_KEY_INVALID') ?? '';
  for (const [camel, snake] of [
    ['periodReference', 'period_reference'],
    ['correlationId', 'correlation_id'],
  ] as const) {
    plainText(present(metadata?.members.get(camel)) ?? payload.members.get(snake), 'METADATA_INVALID');
  }
  // Escaping makes the encoded record longer than this, so tests stay away from the edge.
  if (bytes.length > MAX_RECORD_BYTES) throw new Refused('RECORD_TOO_LARGE');
  return { messageId, publishTime, idempotencyKey, payload };
}

/** The value at a path; undefined where any step is missing. */
export function find(node: JsonNode | undefined, path: readonly PathSegment[]): JsonNode | undefined {
  return path.reduce<JsonNode | undefined>(
    (at, step) => (step.kind === 'key' ? at?.members.get(step.key) : at?.items[step.index]),
    node,
  );
}

function present(node: JsonNode | undefined): JsonNode | undefined {
  return node?.kind === 'null' ? undefined : node;
}

/** A non-empty string or an integer's own text; null where absent. */
function plainText(node: JsonNode | undefined, code: string): string | null {
  if (present(node) === undefined || node === undefined) return null;
  const text = node.kind === 'string' ? stringOf(node) : node.text;
  const allowed = node.kind === 'string' || (node.kind === 'number' && /^-?\d+$/.test(text));
  if (!allowed || text === '' || CONTROL.test(text)) throw new Refused(code);
  return text;
}

function publishTimeOf(node: JsonNode | undefined, reception: ModelReception): bigint {
  if (present(node) === undefined || node === undefined) return reception.arrival;
  const integer = node.kind === 'number' && /^-?\d{1,15}$/.test(node.text);
  const time = integer ? BigInt(node.text) * 1000n : node.kind === 'string' ? microsOf(stringOf(node)) : null;
  if (time === null) throw new Refused('PUBLISH_TIME_INVALID');
  if (time > reception.latest) throw new Refused('PUBLISH_TIME_IN_FUTURE');
  return time;
}

function open(message: JsonNode, kind: Topic['envelope']): Envelope {
  const has = (...names: string[]) => names.every((name) => message.members.has(name));
  const get = (name: string) => message.members.get(name);
  const is = (wanted: Topic['envelope'], fits: boolean) => kind === wanted || (kind === 'auto' && fits);
  const insist = (fits: boolean) => {
    if (!fits) throw new Refused('ENVELOPE_MISMATCH');
  };
  if (is('cloudevents', has('specversion', 'id', 'source', 'type'))) {
    insist(has('specversion', 'id', 'source', 'type'));
    const source = plainText(get('source'), 'MESSAGE_ID_INVALID');
    return { id: get('id'), time: get('time'), payload: get('data'), prefix: `${source}#` };
  }
  if (is('eventbridge', has('detail-type', 'source', 'detail'))) {
    insist(has('detail-type', 'source', 'detail'));
    return { id: get('id'), time: get('time'), payload: get('detail'), prefix: '' };
  }
  const notification = get('Type')?.text === '"Notification"' && has('TopicArn', 'Message');
  if (is('sns', notification)) {
    insist(notification && get('Message')?.kind === 'string');
    const inner = readObject(Buffer.from(stringOf(get('Message') as JsonNode)));
    const opened = open(inner, 'auto');
    return {
      ...opened,
      id: present(opened.id) ?? get('MessageId'),
      time: present(opened.time) ?? get('Timestamp'),
    };
  }
  const wrapped = has('payload') && (has('messageId') || has('publishTime'));
  if (is('wrapped', wrapped && get('payload')?.kind === 'object')) {
    insist(wrapped);
    return { id: get('messageId'), time: get('publishTime'), payload: get('payload'), prefix: '' };
  }
  return { id: undefined, time: undefined, payload: message, prefix: '' };
}
