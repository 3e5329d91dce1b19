import type { Place } from '../../pipeline/place.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';
import type { AwsConfig } from './config.ts';
import type { GlueCatalog } from './glue-catalog.ts';

/** A deployment on AWS, as the control functions and the command line need it. */
export interface AwsDeployment extends Place {
  readonly config: AwsConfig;
  readonly catalog: GlueCatalog;
  /** Unlike a table's file, what is written so may be written again. */
  readonly putObject: (location: string, bytes: Uint8Array) => Promise<void>;
  readonly alertSinks: readonly AlertSink[];
}
