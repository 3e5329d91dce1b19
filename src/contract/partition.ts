import { type Cursor, show } from './cursor.ts';
import type { CustomProperties } from './custom-properties.ts';
import { typeText } from './gates.ts';
import type { ColumnType, Masking, PartitionTransform } from './model.ts';
import { oneOf } from './suggest.ts';

/** Iceberg keeps the number of buckets in a signed 32-bit integer. */
const MAX_BUCKETS = 2_147_483_647;

/** Of the transforms supported here, those that Iceberg's specification ("Partition Transforms") allows for a type. */
const ALLOWED: Readonly<Record<ColumnType['kind'], readonly PartitionTransform['kind'][]>> = {
  string: ['identity', 'bucket'],
  int: ['identity', 'bucket'],
  long: ['identity', 'bucket'],
  decimal: ['identity', 'bucket'],
  boolean: ['identity'],
  date: ['identity', 'day', 'month', 'bucket'],
  timestamptz: ['hour', 'day', 'month', 'identity', 'bucket'],
  float: [],
  double: [],
  json: [],
};

/** Reads `partitioned` and the custom property `transform`. */
export function readPartition(
  property: Cursor,
  custom: CustomProperties,
  type: ColumnType | null,
  masking: Masking | null,
): PartitionTransform | null {
  const partitioned = property.get('partitioned');
  const transformAt = custom.get('transform');
  if (partitioned === null || !partitioned.flag()) {
    transformAt?.fail('transform needs partitioned: true', 'Add partitioned: true, or remove the transform.');
    return null;
  }
  const allowed = type === null ? [] : ALLOWED[type.kind];
  if (type !== null && allowed.length === 0) {
    partitioned.fail(
      `a ${typeText(type)} column cannot be used for partitioning`,
      'Partition by a date, timestamp, string, integer or decimal column.',
    );
    return null;
  }
  if (masking !== null && masking.kind !== 'hash') {
    partitioned.fail(
      `a column masked by ${masking.kind} cannot be used for partitioning`,
      'Partition by another column, or mask this one by hash.',
    );
  }
  const names = allowed.map((kind) => (kind === 'bucket' ? 'bucket[N]' : kind));
  if (transformAt === undefined) {
    partitioned.fail(
      `expected the custom property transform: ${oneOf(names)}`,
      'Add it to the customProperties of this property.',
    );
    return null;
  }
  const text = transformAt.text();
  return text === null ? null : parseTransform(transformAt, text, type, names);
}

function parseTransform(
  at: Cursor,
  text: string,
  type: ColumnType | null,
  names: readonly string[],
): PartitionTransform | null {
  const bucket = /^bucket\[(\d{1,12})\]$/.exec(text)?.[1];
  const transform = bucket === undefined ? { kind: text } : { kind: 'bucket', buckets: Number(bucket) };
  const known =
    ['identity', 'hour', 'day', 'month', 'bucket'].includes(transform.kind) &&
    (transform.kind !== 'bucket' || bucket !== undefined);
  if (!known) at.fail(`expected ${oneOf(names)}, found ${show(text)}`, 'Choose one of these.');
  else if (type !== null && !ALLOWED[type.kind].some((kind) => kind === transform.kind)) {
    at.fail(`the transform ${text} does not apply to a ${typeText(type)} column`, `Choose ${oneOf(names)}.`);
  } else if (bucket !== undefined && (Number(bucket) < 1 || Number(bucket) > MAX_BUCKETS)) {
    at.fail(`expected 1 to ${MAX_BUCKETS} buckets, found ${bucket}`, 'Choose, for example, bucket[16].');
  } else return transform as PartitionTransform;
  return null;
}
