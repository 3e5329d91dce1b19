import type { Micros } from '../base/time.ts';
import type { TopicContract } from '../contract/contract-folder.ts';
import type { Catalog } from '../iceberg/catalog.ts';
import type { FileIO } from '../iceberg/file-io.ts';
import type { StateStore } from '../state/port.ts';
import type { MaskingKey } from './masking-key.ts';

/** Where the pipeline runs: a workspace on one machine, or a deployment on AWS. Decisions need no more than this. */
export interface Place {
  readonly store: StateStore;
  readonly catalog: Catalog;
  readonly files: FileIO;
  /** Microseconds since 1970. */
  readonly clock: () => Micros;
  /** Names of the topics that have a contract, sorted. */
  readonly topicNames: () => Promise<readonly string[]>;
  /** Throws TOPIC_UNKNOWN, or CONTRACT_INVALID with every problem of that file. */
  readonly contract: (topic: string) => Promise<TopicContract>;
  /** null if no key is set. */
  readonly maskingKey: () => Promise<MaskingKey | null>;
  readonly paths: {
    /** The file or secret of the masking key, for messages. */
    readonly maskingKey: string;
    /** The folder or s3:// URI of all tables, without a slash at the end. */
    readonly warehouse: string;
  };
}
