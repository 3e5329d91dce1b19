import type { DraftColumn } from './columns.ts';
import type { Cursor } from './cursor.ts';
import { type EnvelopeField, maskedEnvelopeFields, pathsOverlap } from './envelope-fields.ts';
import type { Topic } from './model.ts';

/** The SQL of a batch names each column several times. Beyond this, engines plan for minutes. */
const MAX_COLUMNS = 1_000;

/** Checks across columns: names, key, and masking against everything else. */
export function checkColumns(schemaObject: Cursor, drafts: readonly DraftColumn[]): void {
  if (drafts.length > MAX_COLUMNS)
    schemaObject.fail(
      `the contract has ${drafts.length} columns, and at most ${MAX_COLUMNS} are supported`,
      'Keep inner objects as JSON text: remove their properties.',
    );
  checkNames(drafts);
  checkKey(drafts);
  for (const draft of drafts)
    checkColumn(draft, drafts.filter(({ column }) => column.keyPosition !== null).length);
  checkPartitionOrder(drafts);
  checkSharedPaths(drafts.slice(0, MAX_COLUMNS));
}

function checkNames(drafts: readonly DraftColumn[]): void {
  const seen = new Set<string>();
  for (const { column, at } of drafts) {
    const name = column.name.toLowerCase();
    if (seen.has(name))
      (at.get('physicalName') ?? at.get('name') ?? at).fail(
        `a second column is named ${name}`,
        'Give one of them a physicalName of its own.',
      );
    seen.add(name);
  }
}

function checkKey(drafts: readonly DraftColumn[]): void {
  const parts = drafts.filter(({ column }) => column.keyPosition !== null);
  const positions = new Map<number, string>();
  for (const { column, at } of parts) {
    const position = column.keyPosition ?? 0;
    const positionAt = at.get('primaryKeyPosition') ?? at.get('primaryKey') ?? at;
    const other = positions.get(position);
    if (position === 0) {
      if (parts.length > 1)
        positionAt.fail(
          'the key has several columns, and this one has no primaryKeyPosition',
          'Number the key columns 1, 2, 3.',
        );
    } else if (other !== undefined)
      positionAt.fail(`position ${position} is also used by ${other}`, 'Number the key columns 1, 2, 3.');
    else if (position > parts.length)
      positionAt.fail(
        `position ${position} is beyond the ${parts.length} columns of the key`,
        'Number the key columns 1, 2, 3 without gaps.',
      );
    if (position > 0) positions.set(position, column.name);
  }
}

function checkColumn({ column, at }: DraftColumn, keySize: number): void {
  const key = column.keyPosition !== null;
  const keyAt = at.get('primaryKey') ?? at;
  const { type, masking } = column;
  if (key && (type.kind === 'json' || type.kind === 'float' || type.kind === 'double')) {
    keyAt.fail(
      `a ${type.kind} column cannot be part of the key`,
      'Equal values can be written differently. Use a string, integer or decimal column.',
    );
  }
  if (key && masking !== null && masking.kind !== 'hash')
    keyAt.fail(
      `a key column cannot be masked by ${masking.kind}`,
      'Mask it by hash, which keeps equal values equal.',
    );
  if (masking?.kind === 'null' && !key && (column.required || column.cde)) {
    (at.get('required') ?? at.get('criticalDataElement') ?? at).fail(
      'a column that is always null can be neither required nor critical',
      'Remove this, or choose another masking.',
    );
  }
  const unique = at.get('unique');
  if (unique?.flag() && !(key && keySize === 1))
    unique.fail('unique is supported only for a key of one column', 'Remove it. Only the key is unique.');
}

function checkPartitionOrder(drafts: readonly DraftColumn[]): void {
  let expected = 1;
  for (const { column, at } of drafts) {
    const positionAt = at.get('partitionKeyPosition');
    const position = positionAt?.integer() ?? -1;
    if (column.partition === null) {
      if (position !== -1 && at.get('partitioned')?.scalar() !== true)
        positionAt?.fail(
          'partitionKeyPosition needs partitioned: true',
          'Add partitioned: true, or remove the position.',
        );
      continue;
    }
    if (position !== -1 && position !== expected)
      positionAt?.fail(
        `expected position ${expected}: partition fields follow the order of the file`,
        'Renumber the positions, or move the properties.',
      );
    expected += 1;
  }
}

/** Personal data must not reach the table unmasked through another column with the same path. */
function checkSharedPaths(drafts: readonly DraftColumn[]): void {
  const masked = drafts.filter(({ column }) => column.masking !== null);
  for (const { column, at } of drafts) {
    if (column.masking !== null) continue;
    const other = masked.find((one) => pathsOverlap(one.column.path, column.path));
    if (other !== undefined)
      at.fail(
        `${column.name} would show what ${other.column.name} masks: both read ${other.column.displayPath}`,
        'Mask this column too, or read another path.',
      );
  }
}

const FIELD_NAMES: Readonly<Record<EnvelopeField, string>> = {
  idempotencyKey: 'the idempotency key',
  publishTime: 'the publish time',
  periodReference: 'the period reference',
  correlationId: 'the correlation id',
  schemaVersion: 'the schema version',
};

/** What ingest takes from a masked place is shown outside RAW. So it must be masked in the same way. */
export function checkEnvelopeFields(
  drafts: readonly DraftColumn[],
  topic: Pick<Topic, 'envelope' | 'idempotencyKeyPath' | 'publishTimePath'>,
): void {
  const columns = drafts.map(({ column }) => column);
  for (const { field, column } of maskedEnvelopeFields({ ...topic, columns })) {
    const at = drafts.find((draft) => draft.column === column)?.at;
    if (field === 'publishTime' || field === 'schemaVersion')
      at?.fail(
        `${column.name} is masked, but ${FIELD_NAMES[field]} is read from the same path and shown as it is`,
        field === 'publishTime'
          ? 'Name another publishTime, or do not mask this column.'
          : 'Do not mask this column.',
      );
    else if (column.masking?.kind !== 'hash')
      at?.fail(
        `${column.name} is masked by ${column.masking?.kind}, but ${FIELD_NAMES[field]} is read from the same path`,
        'Mask it by hash, which is then shown instead, or name another path.',
      );
  }
}
