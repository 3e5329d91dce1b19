import type { TopicHalt } from '../../state/halt.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { UnitRecord } from './commit-unit.ts';
import { deadLettersOf } from './dead-letters.ts';
import { type OpenedSource, progressAfter } from './opened-source.ts';
import type { StagedUnit } from './protocol.ts';

/** The progress of the source before a unit. */
export interface UnitPlace {
  /** Decompressed bytes; null before the first commit of a source. */
  readonly offset: bigint | null;
  readonly messages: number;
}

/** Values that all units of a source share. */
export interface RecordedSource {
  readonly workspace: Workspace;
  readonly topic: string;
  readonly source: OpenedSource;
  readonly contractVersion: number | null;
}

/** Dead letters, figures and the source's offset after a unit. */
export function unitRecord(
  { workspace, topic, source, contractVersion }: RecordedSource,
  unit: StagedUnit,
  before: UnitPlace,
  halt: TopicHalt | null,
): UnitRecord {
  return (now) => ({
    progress: progressAfter(source, topic, unit, now),
    expectedOffset: before.offset,
    counts: {
      received: unit.messages - before.messages,
      raw: unit.rows,
      deadLettered: unit.deadLetters.length,
    },
    deadLetters: deadLettersOf(workspace, topic, source, contractVersion, unit),
    replayed: [],
    ...(halt === null ? {} : { halt }),
    endsAcceptance: unit.complete,
  });
}
