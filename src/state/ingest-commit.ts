import type { Micros } from '../base/time.ts';
import type { IntakeCounts } from '../quality/ledger.ts';
import type { BodyRepair, NewDeadLetter } from './dead-letter.ts';
import type { TopicHalt } from './halt.ts';
import type { Lease } from './lease.ts';
import type { SourceProgress } from './source.ts';
import type { TableCommit } from './table-commit.ts';

/** One unit of an input, with the fate of each reception in it. */
export interface IngestCommit {
  readonly tables: TableCommit;
  /** null for inputs without resume. */
  readonly progress: SourceProgress | null;
  /** Bytes up to which the source must have been read before this commit; null for its first commit. */
  readonly expectedOffset: bigint | null;
  readonly counts: IntakeCounts;
  readonly deadLetters: readonly NewDeadLetter[];
  /** Dead letters that this commit replays: open → replayed. */
  readonly replayed: readonly string[];
  /** The body that replaced the original one of the only letter replayed. */
  readonly repair?: BodyRepair;
  /** The unit is committed with its fates, and the topic halted. */
  readonly halt?: TopicHalt;
  /** Set with the source's last unit: ends what `resumeTopic` accepted. */
  readonly endsAcceptance?: boolean;
  readonly committedAt: Micros;
}

export interface IngestStore {
  /**
   * Throws CHECKPOINT_CONFLICT if the source's progress is not at `expectedOffset` or a replayed letter is no longer
   * open, TOPIC_HALTED on a halted topic unless it is a replay.
   */
  commitIngest(lease: Lease, commit: IngestCommit): Promise<void>;
}
