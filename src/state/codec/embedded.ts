import type { Erasure } from '../erasure.ts';
import type { OpenWork } from '../open-work.ts';
import type { SourceProgress } from '../source.ts';
import type { FileChecksum } from '../table-commit.ts';
import { type Codec, recordCodec } from './codec.ts';
import { DECIMAL_LONG, FLAG, JSON_COUNT, LONG, TEXT, WORK } from './fields.ts';
import { jsonText, list, named, object, oneOf, optional } from './schema.ts';

/** The record of an erasure. */
export const ERASURE: Codec<Erasure> = recordCodec(
  object({
    topic_name: TEXT,
    key_hash: TEXT,
    begun_at: LONG,
    ended_at: optional(LONG),
    counts: jsonText(
      object({
        rawRows: JSON_COUNT,
        semanticRows: JSON_COUNT,
        errorRows: JSON_COUNT,
        deadLetters: JSON_COUNT,
      }),
    ),
    unreadable_letters: jsonText(list(TEXT)),
    snapshots: jsonText(named(DECIMAL_LONG)),
  }),
  (fields) => ({
    topic: fields.topic_name,
    keyHash: fields.key_hash,
    begunAt: fields.begun_at,
    endedAt: fields.ended_at,
    counts: fields.counts,
    unreadableLetters: fields.unreadable_letters,
    snapshots: fields.snapshots,
  }),
  (erasure) => ({
    topic_name: erasure.topic,
    key_hash: erasure.keyHash,
    begun_at: erasure.begunAt,
    ended_at: erasure.endedAt,
    counts: erasure.counts,
    unreadable_letters: [...erasure.unreadableLetters],
    snapshots: { ...erasure.snapshots },
  }),
);

/** Files being written. */
export const OPEN_WORK: Codec<OpenWork> = recordCodec(
  object({
    work_id: TEXT,
    kind: oneOf('ingest', 'batch', 'maintenance'),
    topic_name: TEXT,
    work: WORK,
    fencing_token: LONG,
    directories: jsonText(list(TEXT)),
  }),
  (fields) => ({
    workId: fields.work_id,
    kind: fields.kind,
    scope: { topic: fields.topic_name, work: fields.work },
    fencingToken: fields.fencing_token,
    directories: fields.directories,
  }),
  (work) => ({
    work_id: work.workId,
    kind: work.kind,
    topic_name: work.scope.topic,
    work: work.scope.work,
    fencing_token: work.fencingToken,
    directories: [...work.directories],
  }),
);

/** How far an input file has been read. */
export const SOURCE_PROGRESS: Codec<SourceProgress> = recordCodec(
  object({
    source_id: TEXT,
    topic_name: TEXT,
    path: TEXT,
    inode: LONG,
    size: LONG,
    first_hash: TEXT,
    last_hash: TEXT,
    taken: LONG,
    taken_hash: TEXT,
    messages: LONG,
    arrived_at: LONG,
    complete: FLAG,
    updated_at: LONG,
  }),
  (fields) => ({
    sourceId: fields.source_id,
    topic: fields.topic_name,
    path: fields.path,
    inode: fields.inode,
    size: fields.size,
    firstHash: fields.first_hash,
    lastHash: fields.last_hash,
    offset: fields.taken,
    offsetHash: fields.taken_hash,
    messages: fields.messages,
    arrivedAt: fields.arrived_at,
    complete: fields.complete,
    updatedAt: fields.updated_at,
  }),
  (progress) => ({
    source_id: progress.sourceId,
    topic_name: progress.topic,
    path: progress.path,
    inode: progress.inode,
    size: progress.size,
    first_hash: progress.firstHash,
    last_hash: progress.lastHash,
    taken: progress.offset,
    taken_hash: progress.offsetHash,
    messages: progress.messages,
    arrived_at: progress.arrivedAt,
    complete: progress.complete,
    updated_at: progress.updatedAt,
  }),
);

/** A file that a table references. */
export const FILE_CHECKSUM: Codec<FileChecksum> = recordCodec(
  object({ path: TEXT, sha256: TEXT, size: LONG }),
  (fields) => fields,
  (file) => file,
);
