import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Micros } from '../../base/time.ts';
import type { SourceProgress } from '../../state/source.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { IngestSource } from './options.ts';
import type { FileToScan, StagedUnit } from './protocol.ts';
import { edgeHashes, identityOf, openSourceFile, type SourceIdentity } from './source-identity.ts';
import { planTake } from './take-plan.ts';

/** A source with the parts of its reception ids and its progress. */
export interface OpenedSource {
  readonly name: string;
  readonly sourceId: string;
  readonly arrivedAt: Micros;
  /** null: a stream, which cannot resume. */
  readonly file: SourceIdentity | null;
  /** The end of the last call; null for a new source. */
  readonly before: SourceProgress | null;
  readonly isTaken: boolean;
}

/** Looks a source up among those ingested before. Throws SOURCE_MISSING, SOURCE_UNREADABLE, FILE_CHANGED. */
export async function openSource(
  workspace: Workspace,
  topic: string,
  source: IngestSource,
  again: boolean,
): Promise<OpenedSource> {
  const fresh = {
    sourceId: workspace.newWorkId(),
    arrivedAt: workspace.clock(),
    before: null,
    isTaken: false,
  };
  if (source.kind === 'stream') return { ...fresh, name: '-', file: null };
  const path = resolve(source.path);
  const file = openSourceFile(path);
  try {
    const identity = identityOf(file, path);
    const opened = { ...fresh, name: source.path, file: identity };
    if (again) return opened;
    const candidates = await workspace.store.findSources(topic, identity);
    const plan = planTake(identity, candidates, (size) => edgeHashes(file, size));
    if (plan.kind === 'new') return opened;
    const { progress } = plan;
    const isTaken = plan.kind === 'already-taken';
    return {
      ...opened,
      sourceId: progress.sourceId,
      arrivedAt: progress.arrivedAt,
      before: progress,
      isTaken,
    };
  } finally {
    closeSync(file);
  }
}

/** What the scanning thread needs about the file. */
export function fileToScanOf({ file, before }: OpenedSource): FileToScan | null {
  if (file === null) return null;
  const { path, inode, size, firstHash, lastHash } = file;
  const resume = before === null ? null : { offset: Number(before.offset), hash: before.offsetHash };
  return { path, inode, size: Number(size), firstHash, lastHash, resume };
}

/** The source's progress after the commit of the unit; null for a stream. */
export function progressAfter(
  source: OpenedSource,
  topic: string,
  unit: StagedUnit,
  now: Micros,
): SourceProgress | null {
  if (source.file === null) return null;
  return {
    ...source.file,
    sourceId: source.sourceId,
    topic,
    offset: BigInt(unit.offset),
    offsetHash: unit.offsetHash,
    messages: BigInt(unit.messages),
    arrivedAt: source.arrivedAt,
    complete: unit.complete,
    updatedAt: now,
  };
}
