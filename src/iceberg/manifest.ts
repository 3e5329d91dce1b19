import { createHash } from 'node:crypto';
import { type AvroFile, decodeAvroFile, encodeAvroFile } from './avro-file.ts';
import type { DataFile } from './data-file.ts';
import { dataFileFromAvro, dataFileToAvro } from './data-file-avro.ts';
import type { FileIO } from './file-io.ts';
import { formatLongJson } from './json.ts';
import type { ManifestFile } from './manifest-list.ts';
import { manifestSchema } from './manifest-schema.ts';
import { currentSchema, specById, type TableMetadata } from './metadata.ts';
import { resolvePartition } from './partition.ts';
import { summarizePartitions } from './partition-summary.ts';

export type EntryStatus = 'existing' | 'added' | 'deleted';

/** One file in a manifest, with inherited ids and sequence numbers filled in (spec: Sequence Number Inheritance). */
export interface ManifestEntry {
  readonly status: EntryStatus;
  /** The snapshot that added the file or, if the status is 'deleted', deleted it. */
  readonly snapshotId: bigint;
  /** Decides which deletes apply to the file. */
  readonly sequenceNumber: bigint;
  readonly fileSequenceNumber: bigint;
  readonly file: DataFile;
}

/** In the order of the codes in the specification. */
const STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted'];

interface AvroEntry {
  readonly status: number;
  readonly snapshot_id: bigint | null;
  readonly sequence_number?: bigint | null;
  readonly file_sequence_number?: bigint | null;
  readonly data_file: Readonly<Record<string, unknown>>;
}

/** All entries of a manifest, deleted ones included. Throws METADATA_INVALID_FILE, TABLE_UNSUPPORTED. */
export async function readManifest(
  io: FileIO,
  metadata: TableMetadata,
  manifest: ManifestFile,
): Promise<readonly ManifestEntry[]> {
  const file: AvroFile = decodeAvroFile(await io.read(manifest.path), manifest.path);
  const partition = resolvePartition(specById(metadata, manifest.specId), metadata.schemas);
  const names = partitionNames(file.metadata.get('avro.schema') ?? '{}');
  return file.rows.map((row) => {
    const entry = row as AvroEntry;
    const status = STATUSES[entry.status] ?? 'existing';
    const inherited = status === 'added' ? manifest.sequenceNumber : 0n;
    return {
      status,
      snapshotId: entry.snapshot_id ?? manifest.addedSnapshotId,
      sequenceNumber: entry.sequence_number ?? inherited,
      fileSequenceNumber: entry.file_sequence_number ?? inherited,
      file: dataFileFromAvro(entry.data_file, manifest.specId, partition, names),
    };
  });
}

/** Partition values are found by field id, because other writers choose other names. */
function partitionNames(schemaText: string): ReadonlyMap<number, string> {
  const schema = JSON.parse(schemaText) as { fields: { name: string; type: { fields: AvroNamed[] } }[] };
  const dataFile = schema.fields.find((field) => field.name === 'data_file');
  const partition = dataFile?.type.fields.find((field) => field.name === 'partition');
  return new Map((partition?.type.fields ?? []).map((field) => [field['field-id'], field.name]));
}

interface AvroNamed {
  readonly name: string;
  readonly 'field-id': number;
  readonly type: { readonly fields: AvroNamed[] };
}

/** A manifest to write. */
export interface NewManifest {
  readonly location: string;
  readonly content: 'data' | 'deletes';
  readonly specId: number;
  readonly entries: readonly ManifestEntry[];
  readonly snapshotId: bigint;
  /** Of the commit that writes the manifest. */
  readonly sequenceNumber: bigint;
}

/** Writes one manifest; all its files have the same partition spec. */
export async function writeManifest(
  io: FileIO,
  metadata: TableMetadata,
  manifest: NewManifest,
): Promise<ManifestFile> {
  const spec = specById(metadata, manifest.specId);
  const partition = resolvePartition(spec, metadata.schemas);
  const schema = currentSchema(metadata);
  const header = new Map([
    ['schema', formatLongJson(schema)],
    ['schema-id', String(schema['schema-id'])],
    ['partition-spec', formatLongJson(spec.fields)],
    ['partition-spec-id', String(spec['spec-id'])],
    ['format-version', '2'],
    ['content', manifest.content],
  ]);
  const rows = manifest.entries.map((entry) => avroEntry(entry, dataFileToAvro(entry.file, partition)));
  const bytes = encodeAvroFile(manifestSchema(partition), header, rows, syncMarker(manifest.location));
  await io.write(manifest.location, bytes);
  return {
    path: manifest.location,
    length: BigInt(bytes.length),
    specId: manifest.specId,
    content: manifest.content,
    sequenceNumber: manifest.sequenceNumber,
    minSequenceNumber: minSequenceNumber(manifest),
    addedSnapshotId: manifest.snapshotId,
    added: countStatus(manifest.entries, 'added'),
    existing: countStatus(manifest.entries, 'existing'),
    deleted: countStatus(manifest.entries, 'deleted'),
    partitions: summarizePartitions(
      partition,
      manifest.entries.map((entry) => entry.file.partition),
    ),
    keyMetadata: null,
  };
}

/** The sync marker of a file (16 bytes): unique because the location is, without randomness. */
export function syncMarker(location: string): Uint8Array {
  return createHash('sha256').update(location).digest().subarray(0, 16);
}

/** Sequence numbers of added files stay null: the specification lets them inherit the manifest's. */
function avroEntry(entry: ManifestEntry, dataFile: Readonly<Record<string, unknown>>): unknown {
  const added = entry.status === 'added';
  return {
    status: STATUSES.indexOf(entry.status),
    snapshot_id: entry.snapshotId,
    sequence_number: added ? null : entry.sequenceNumber,
    file_sequence_number: added ? null : entry.fileSequenceNumber,
    data_file: dataFile,
  };
}

/** The lowest of the live files (spec: min_sequence_number); of a manifest without any, its own number. */
function minSequenceNumber(manifest: NewManifest): bigint {
  let least = manifest.sequenceNumber;
  for (const entry of manifest.entries) {
    if (entry.status !== 'deleted' && entry.sequenceNumber < least) least = entry.sequenceNumber;
  }
  return least;
}

function countStatus(
  entries: readonly ManifestEntry[],
  status: EntryStatus,
): { files: number; rows: bigint } {
  const matching = entries.filter((entry) => entry.status === status);
  return { files: matching.length, rows: matching.reduce((sum, entry) => sum + entry.file.recordCount, 0n) };
}
