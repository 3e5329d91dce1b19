import { decodeAvroFile, encodeAvroFile } from './avro-file.ts';
import type { FileIO } from './file-io.ts';
import { MANIFEST_LIST_SCHEMA } from './manifest-schema.ts';
import type { Snapshot } from './metadata.ts';
import type { PartitionSummary } from './partition-summary.ts';

/** Files of a manifest in one state, and their rows. */
export interface FileTally {
  readonly files: number;
  readonly rows: bigint;
}

/** One manifest as its list describes it. */
export interface ManifestFile {
  readonly path: string;
  /** Bytes. */
  readonly length: bigint;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly sequenceNumber: bigint;
  readonly minSequenceNumber: bigint;
  readonly addedSnapshotId: bigint;
  readonly added: FileTally;
  readonly existing: FileTally;
  readonly deleted: FileTally;
  /** null: the writer gave none. */
  readonly partitions: readonly PartitionSummary[] | null;
  readonly keyMetadata: Uint8Array | null;
}

interface AvroSummary {
  readonly contains_null: boolean;
  readonly contains_nan?: boolean | null;
  readonly lower_bound: Uint8Array | null;
  readonly upper_bound: Uint8Array | null;
}

interface AvroManifestFile {
  readonly manifest_path: string;
  readonly manifest_length: bigint;
  readonly partition_spec_id: number;
  readonly content?: number;
  readonly sequence_number?: bigint;
  readonly min_sequence_number?: bigint;
  readonly added_snapshot_id: bigint;
  readonly added_files_count: number;
  readonly existing_files_count: number;
  readonly deleted_files_count: number;
  readonly added_rows_count: bigint;
  readonly existing_rows_count: bigint;
  readonly deleted_rows_count: bigint;
  readonly partitions?: readonly AvroSummary[] | null;
  readonly key_metadata?: Uint8Array | null;
}

/** The manifests of a snapshot, newest first. Throws METADATA_INVALID_FILE. */
export async function readManifestList(io: FileIO, snapshot: Snapshot): Promise<readonly ManifestFile[]> {
  const location = snapshot['manifest-list'];
  return decodeAvroFile(await io.read(location), location).rows.map((row) =>
    fromAvro(row as AvroManifestFile),
  );
}

/** Writes the snapshot's manifest list to its location. `sync` as for `encodeAvroFile`. */
export async function writeManifestList(
  io: FileIO,
  snapshot: Snapshot,
  manifests: readonly ManifestFile[],
  sync: Uint8Array,
): Promise<void> {
  const header = new Map([
    ['snapshot-id', snapshot['snapshot-id'].toString()],
    ['parent-snapshot-id', snapshot['parent-snapshot-id']?.toString() ?? 'null'],
    ['sequence-number', snapshot['sequence-number'].toString()],
    ['format-version', '2'],
  ]);
  await io.write(
    snapshot['manifest-list'],
    encodeAvroFile(MANIFEST_LIST_SCHEMA, header, manifests.map(toAvro), sync),
  );
}

function fromAvro(avro: AvroManifestFile): ManifestFile {
  return {
    path: avro.manifest_path,
    length: avro.manifest_length,
    specId: avro.partition_spec_id,
    content: avro.content === 1 ? 'deletes' : 'data',
    sequenceNumber: avro.sequence_number ?? 0n,
    minSequenceNumber: avro.min_sequence_number ?? 0n,
    addedSnapshotId: avro.added_snapshot_id,
    added: { files: avro.added_files_count, rows: avro.added_rows_count },
    existing: { files: avro.existing_files_count, rows: avro.existing_rows_count },
    deleted: { files: avro.deleted_files_count, rows: avro.deleted_rows_count },
    partitions: avro.partitions?.map(summaryFromAvro) ?? null,
    keyMetadata: avro.key_metadata ?? null,
  };
}

function summaryFromAvro(avro: AvroSummary): PartitionSummary {
  return {
    containsNull: avro.contains_null,
    containsNan: avro.contains_nan ?? null,
    lowerBound: avro.lower_bound,
    upperBound: avro.upper_bound,
  };
}

function toAvro(manifest: ManifestFile): AvroManifestFile {
  return {
    manifest_path: manifest.path,
    manifest_length: manifest.length,
    partition_spec_id: manifest.specId,
    content: manifest.content === 'deletes' ? 1 : 0,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.added.files,
    existing_files_count: manifest.existing.files,
    deleted_files_count: manifest.deleted.files,
    added_rows_count: manifest.added.rows,
    existing_rows_count: manifest.existing.rows,
    deleted_rows_count: manifest.deleted.rows,
    partitions: manifest.partitions?.map(summaryToAvro) ?? null,
    key_metadata: manifest.keyMetadata === null ? null : Buffer.from(manifest.keyMetadata),
  };
}

function summaryToAvro(summary: PartitionSummary): AvroSummary {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNan,
    lower_bound: summary.lowerBound === null ? null : Buffer.from(summary.lowerBound),
    upper_bound: summary.upperBound === null ? null : Buffer.from(summary.upperBound),
  };
}
