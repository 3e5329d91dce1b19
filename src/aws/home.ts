import type { Home } from '../engine/home.ts';
import type { FileIO } from '../iceberg/file-io.ts';
import type { AlertSink } from '../quality/alerts/sink.ts';
import type { AwsConfig } from './config.ts';
import type { GlueCatalog } from './glue-catalog.ts';

/** The home on AWS, as the control functions and the command line need it. */
export interface AwsHome extends Home {
  readonly config: AwsConfig;
  readonly catalog: GlueCatalog;
  readonly files: FileIO;
  /** Unlike a table's file, what is written so may be written again. */
  readonly putObject: (location: string, bytes: Uint8Array) => Promise<void>;
  /** Names of the topics that have a contract, sorted. */
  readonly topicNames: () => Promise<readonly string[]>;
  readonly alertSinks: readonly AlertSink[];
}
