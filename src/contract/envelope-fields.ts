import type { Column, EnvelopeKind, PathSegment, Topic } from './model.ts';

/** A column of raw.<topic> that ingest may take from inside the payload. */
export type EnvelopeField =
  | 'idempotencyKey'
  | 'publishTime'
  | 'periodReference'
  | 'correlationId'
  | 'schemaVersion';

/** A masked column and the envelope field that may show the same value. */
export interface MaskedEnvelopeField {
  readonly field: EnvelopeField;
  readonly column: Column;
}

const keys = (...names: readonly string[]): readonly PathSegment[] =>
  names.map((key) => ({ kind: 'key', key }));

/** Where ingest looks for each field in the payload if the contract names no path. */
const DEFAULT_PATHS: Readonly<Record<EnvelopeField, readonly (readonly PathSegment[])[]>> = {
  idempotencyKey: [keys('_metadata', 'idempotencyKeyResource'), keys('idempotency_key')],
  publishTime: [],
  periodReference: [keys('_metadata', 'periodReference'), keys('period_reference')],
  correlationId: [keys('_metadata', 'correlationId'), keys('correlation_id')],
  schemaVersion: [keys('schemaVersion')],
};

/** The member of a message that holds its payload. null: the message itself is the payload. */
const PAYLOAD_MEMBERS: Readonly<Record<EnvelopeKind, readonly (string | null)[]>> = {
  auto: [null, 'data', 'detail', 'payload'],
  cloudevents: ['data'],
  eventbridge: ['detail'],
  // Its Message is unwrapped, and the envelope in it is detected again.
  sns: [null, 'data', 'detail', 'payload'],
  wrapped: ['payload'],
  bare: [null],
};

/**
 * The masked columns whose value ingest may also keep as an envelope field. Outside RAW, such a field must be shown as
 * its hash. In a loaded topic, only columns masked by `hash` are among them.
 */
export function maskedEnvelopeFields(
  topic: Pick<Topic, 'envelope' | 'idempotencyKeyPath' | 'publishTimePath' | 'columns'>,
): readonly MaskedEnvelopeField[] {
  const paths: Record<EnvelopeField, readonly (readonly PathSegment[])[]> = { ...DEFAULT_PATHS };
  if (topic.idempotencyKeyPath !== null)
    paths.idempotencyKey = payloadPaths(topic.envelope, topic.idempotencyKeyPath);
  if (topic.publishTimePath !== null) paths.publishTime = payloadPaths(topic.envelope, topic.publishTimePath);
  const masked = topic.columns.filter((column) => column.masking !== null);
  return (Object.keys(paths) as EnvelopeField[]).flatMap((field) =>
    masked
      .filter((column) => paths[field].some((path) => shows(path, column)))
      .map((column) => ({ field, column })),
  );
}

/** A path into the message as paths into its payload: one for each envelope that the message may have. */
function payloadPaths(
  envelope: EnvelopeKind,
  path: readonly PathSegment[],
): readonly (readonly PathSegment[])[] {
  const [first, ...rest] = path;
  return PAYLOAD_MEMBERS[envelope].flatMap((member) => {
    if (member === null) return [path];
    return first?.kind === 'key' && first.key === member && rest.length > 0 ? [rest] : [];
  });
}

/** What ingest reads by default at this place of the payload, or further inside it. */
export function defaultFieldAt(
  path: readonly PathSegment[],
): { readonly field: EnvelopeField; readonly inside: boolean } | null {
  for (const field of Object.keys(DEFAULT_PATHS) as EnvelopeField[]) {
    const found = DEFAULT_PATHS[field].find((one) => one.length >= path.length && pathsOverlap(one, path));
    if (found !== undefined) return { field, inside: found.length > path.length };
  }
  return null;
}

/** A field is always a scalar: the value of a column itself, or a value inside a column of JSON text. */
function shows(path: readonly PathSegment[], column: Column): boolean {
  const next = path[column.path.length];
  if (!pathsOverlap(path, column.path) || path.length < column.path.length) return false;
  if (column.type.kind !== 'json') return next === undefined;
  return next?.kind === (column.type.of === 'object' ? 'key' : 'index');
}

/** Whether one of two paths leads to the value of the other, or into it. */
export function pathsOverlap(a: readonly PathSegment[], b: readonly PathSegment[]): boolean {
  const shared = Math.min(a.length, b.length);
  return a.slice(0, shared).every((segment, i) => sameSegment(segment, b[i]));
}

function sameSegment(a: PathSegment, b: PathSegment | undefined): boolean {
  if (a.kind === 'key') return b?.kind === 'key' && a.key === b.key;
  return b?.kind === 'index' && a.index === b.index;
}
