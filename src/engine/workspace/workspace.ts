import type { Topic } from '../../contract/model.ts';
import type { Catalog } from '../../iceberg/catalog.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import type { Micros } from '../../raw/record.ts';
import type { EmbeddedStore } from '../../state/port.ts';
import type { WorkspaceConfig } from './config.ts';
import type { MaskingKey } from './masking-key.ts';
import type { WorkspacePaths } from './paths.ts';

/** A contract as it stands in its file now, registered or not. */
export interface WorkspaceContract {
  readonly topic: Topic;
  /** Absolute path. */
  readonly file: string;
  /** The file's whole text: what the registry keeps. */
  readonly text: string;
}

/** An open workspace. What needs parsing is loaded on first use, so that opening stays cheap. */
export interface Workspace {
  readonly paths: WorkspacePaths;
  readonly store: EmbeddedStore;
  readonly catalog: Catalog;
  readonly files: FileIO;
  /** Tables are read where they lie (read-home.ts). */
  readonly copies: null;
  /** Microseconds since 1970. */
  readonly clock: () => Micros;
  /** This opening's name as a lease owner; safe as a file name. */
  readonly owner: string;
  /** This opening's own folder for spill files, made on demand by the engine. */
  readonly tempDirectory: string;
  /** A fresh random id for open work. */
  readonly newWorkId: () => string;
  /** Throws CONFIG_INVALID with every problem. */
  readonly config: () => Promise<WorkspaceConfig>;
  /** Names of the topics that have a contract file, sorted. */
  readonly topicNames: () => Promise<readonly string[]>;
  /** Throws TOPIC_UNKNOWN, or CONTRACT_INVALID with every problem of that file. */
  readonly contract: (topic: string) => Promise<WorkspaceContract>;
  /** null where neither the environment nor the file holds one. */
  readonly maskingKey: () => Promise<MaskingKey | null>;
  readonly close: () => Promise<void>;
}
