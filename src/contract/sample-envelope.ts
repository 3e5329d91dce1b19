import type { EnvelopeKind, PathSegment } from './model.ts';

export interface SampleEnvelope {
  readonly kind: EnvelopeKind;
  /** The path from the message to its payload. */
  readonly prefix: readonly PathSegment[];
}

/** The envelope of sample messages of these kinds. Mixed samples keep their own envelopes, under `auto`. */
export function sampleEnvelope(kinds: ReadonlySet<EnvelopeKind>): SampleEnvelope {
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1) return { kind: 'auto', prefix: [] };
  const member = { cloudevents: 'data', eventbridge: 'detail', wrapped: 'payload' }[kind as string];
  return { kind, prefix: member === undefined ? [] : [{ kind: 'key', key: member }] };
}

/** The envelope of one message, and its payload. */
export function openSample(message: object): { readonly kind: EnvelopeKind; readonly payload: object } {
  const has = (...names: readonly string[]): boolean => names.every((name) => Object.hasOwn(message, name));
  const member = (name: string): object | null =>
    asObject(Object.entries(message).find(([key]) => key === name)?.[1]);
  const data = member('data');
  if (has('specversion', 'id', 'source', 'type') && data !== null)
    return { kind: 'cloudevents', payload: data };
  const detail = member('detail');
  if (has('detail-type', 'source') && detail !== null) return { kind: 'eventbridge', payload: detail };
  const text: unknown = Object.entries(message).find(([key]) => key === 'Message')?.[1];
  if (has('Type', 'TopicArn') && typeof text === 'string') {
    const inner = parseObject(text);
    if (inner !== null) return { kind: 'sns', payload: openSample(inner).payload };
  }
  const payload = member('payload');
  if (payload !== null && (has('messageId') || has('publishTime'))) return { kind: 'wrapped', payload };
  return { kind: 'bare', payload: message };
}

/** A plain JSON object, or null. */
export function asObject(value: unknown): object | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

function parseObject(text: string): object | null {
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    // A notification may carry plain text. Then it is not an envelope of a message.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
