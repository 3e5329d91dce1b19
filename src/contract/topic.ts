import { createHash } from 'node:crypto';
import { checkRules } from './check-rules.ts';
import { type DraftColumn, readColumns, readPathText } from './columns.ts';
import { type Cursor, show } from './cursor.ts';
import { type CustomProperties, readCustomProperties } from './custom-properties.ts';
import { readDriftMuted } from './drift-muted.ts';
import { CONTRACT_SUFFIX } from './file-name.ts';
import type { Topic } from './model.ts';
import { readQuality } from './quality.ts';
import { readServiceLevels } from './service-levels.ts';
import { checkColumns, checkEnvelopeFields } from './table-rules.ts';
import { DESCRIPTION_KEYS, PROPERTY_CUSTOM, ROOT_CUSTOM, ROOT_KEYS, SCHEMA_KEYS } from './vocabulary.ts';

const API_VERSION = 'v3.1.0';
/** The side tables of a topic are named <topic>_errors and <topic>_drift. */
const SIDE_TABLE = /_(errors|drift)$/;
const ENVELOPES = ['auto', 'cloudevents', 'eventbridge', 'sns', 'wrapped', 'bare'] as const;
const COMPATIBILITIES = [
  'NONE',
  'BACKWARD',
  'BACKWARD_ALL',
  'FORWARD',
  'FORWARD_ALL',
  'FULL',
  'FULL_ALL',
] as const;

/** Reads a whole contract. The result is valid only if no error was reported. */
export function readTopic(root: Cursor, file: string): Topic {
  root.map(ROOT_KEYS);
  readHeader(root);
  const schemaObject = readSchemaObject(root);
  const drafts = schemaObject === null ? [] : readColumns(schemaObject);
  if (schemaObject !== null) checkColumns(schemaObject, drafts);
  const custom = readCustomProperties(root, ROOT_CUSTOM, { names: PROPERTY_CUSTOM, place: 'the property' });
  const topic: Omit<Topic, 'hash'> = {
    topic: schemaObject === null ? '' : readName(schemaObject, file),
    contractVersion: readVersion(root),
    columns: drafts
      .map(({ column }) => column)
      .map((column) => (column.keyPosition === 0 ? { ...column, keyPosition: 1 } : column)),
    key: keyNames(drafts),
    ...readEnvelope(root, custom, drafts),
    acceptNumericStrings: custom.get('acceptNumericStrings')?.flag() ?? false,
    onTypeMismatch: custom.get('onTypeMismatch')?.choice(['null', 'reject']) ?? 'null',
    compatibility: custom.get('compatibility')?.choice(COMPATIBILITIES) ?? 'BACKWARD',
    driftMuted: readDriftMuted(custom.get('driftMuted')),
    rules: schemaObject === null ? [] : checkRules(readQuality(schemaObject, null).rules, drafts),
    ...readServiceLevels(root),
    description: readDescription(root, schemaObject),
  };
  return { ...topic, hash: contractHash(topic) };
}

function readHeader(root: Cursor): void {
  const api = root.need('apiVersion', API_VERSION, `Add apiVersion: ${API_VERSION}.`);
  const version = api?.text() ?? null;
  if (version !== null && version !== API_VERSION)
    api?.fail(
      `expected ${API_VERSION}, found ${show(version)}`,
      `Convert the contract. Only ODCS ${API_VERSION} is supported.`,
    );
  root.need('kind', 'DataContract', 'Add kind: DataContract.')?.choice(['DataContract']);
  root.need('id', 'a text', 'Give the contract an id, such as a UUID.')?.text();
  root.need('status', 'a text such as active', 'Add status: active.')?.text();
  for (const key of ['name', 'tenant', 'domain', 'dataProduct']) root.get(key)?.text();
}

function readVersion(root: Cursor): string {
  const at = root.need('version', 'a text such as 1.0.0', 'Add version: 1.0.0.');
  const version = at?.text() ?? null;
  if (version !== null && !/^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/.test(version)) {
    at?.fail(
      `expected a version of letters, digits and . + _ -, found ${show(version)}`,
      'Write, for example, 1.0.0.',
    );
  }
  return version ?? '';
}

function readSchemaObject(root: Cursor): Cursor | null {
  const schema = root.need('schema', 'a list of one schema object', 'Describe the topic under schema.');
  const objects = schema?.list() ?? [];
  const [first, second] = objects;
  if (second !== undefined)
    second.fail('the contract has a second schema object', 'Give each topic its own contract file.');
  if (first === undefined) {
    schema?.fail('expected one schema object', 'Describe the topic under schema.');
    return null;
  }
  if (!first.map(SCHEMA_KEYS)) return null;
  first.get('logicalType')?.choice(['object']);
  readCustomProperties(first, [], {
    names: [...ROOT_CUSTOM, ...PROPERTY_CUSTOM],
    place: 'the contract (top level) or of the property',
  });
  return first;
}

function readName(schemaObject: Cursor, file: string): string {
  const at = schemaObject.need('name', 'the name of the topic', 'Name the topic.');
  const name = at?.text() ?? null;
  if (at === null || name === null) return '';
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
    at.fail(
      `${show(name)} is not a topic name: expected lower snake_case of at most 63 characters`,
      'Choose a name like web_orders. Tables, files and queues get this name.',
    );
  if (SIDE_TABLE.test(name))
    at.fail(
      `${show(name)} has the ending of a side table`,
      'Choose a name that ends in neither _errors nor _drift.',
    );
  const base = file.split(/[/\\]/).at(-1) ?? file;
  if (base !== name + CONTRACT_SUFFIX)
    at.fail(
      `the topic ${show(name)} is in the file ${show(base)}`,
      `Rename the file to ${name}${CONTRACT_SUFFIX}, or correct the name.`,
    );
  const physical = schemaObject.get('physicalName');
  if (physical !== null && physical.text() !== name)
    physical.fail('a table always has the name of its topic', 'Remove physicalName.');
  return name;
}

function keyNames(drafts: readonly DraftColumn[]): readonly string[] {
  return drafts
    .map(({ column }) => column)
    .filter((column) => column.keyPosition !== null)
    .sort((a, b) => (a.keyPosition ?? 0) - (b.keyPosition ?? 0))
    .map((column) => column.name);
}

type Envelope = Pick<Topic, 'envelope' | 'idempotencyKeyPath' | 'publishTimePath'>;

function readEnvelope(root: Cursor, custom: CustomProperties, drafts: readonly DraftColumn[]): Envelope {
  const envelopeAt = custom.get('envelope');
  const keyAt = custom.get('idempotencyKey');
  const timeAt = custom.get('publishTime');
  const envelope = envelopeAt?.choice(ENVELOPES) ?? 'auto';
  const read: Envelope = {
    envelope,
    idempotencyKeyPath: keyAt === undefined ? null : readPathText(keyAt),
    publishTimePath: timeAt === undefined ? null : readPathText(timeAt),
  };
  if (envelope === 'auto')
    (envelopeAt ?? root).warn(
      'the envelope is guessed from each message',
      'Set the custom property envelope: cloudevents, eventbridge, sns, wrapped or bare.',
    );
  if (timeAt === undefined && envelope !== 'sns' && envelope !== 'eventbridge') {
    (envelopeAt ?? root).warn(
      'messages may lack a publish time. Then the time of arrival is used, and the order of arrival decides which version wins',
      'Set the custom property publishTime to the path of their time.',
    );
  }
  checkEnvelopeFields(drafts, read);
  return read;
}

function readDescription(root: Cursor, schemaObject: Cursor | null): string | null {
  const description = root.get('description');
  const purpose = description?.map(DESCRIPTION_KEYS) ? (description.get('purpose')?.text() ?? null) : null;
  return schemaObject?.get('description')?.text() ?? purpose;
}

/** SHA-256 (hex) over the topic as canonical JSON, without texts that are only for people. */
function contractHash(topic: Omit<Topic, 'hash'>): string {
  const meaning = {
    ...topic,
    hash: undefined,
    description: undefined,
    columns: topic.columns.map((column) => ({ ...column, description: undefined })),
  };
  return createHash('sha256').update(canonicalJson(meaning)).digest('hex');
}

/** JSON with sorted keys: equal contents give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
