import type { Place } from '../../pipeline/place.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';
import type { AwsConfig } from './config.ts';
import type { GlueCatalog } from './glue-catalog.ts';

/** A deployment on AWS: what the functions of the control and the command line work with. */
export interface AwsDeployment extends Place {
  readonly config: AwsConfig;
  readonly catalog: GlueCatalog;
  /** Writes an object that may exist already, unlike a table's file. Throws AWS_UNAVAILABLE, AWS_REFUSED. */
  readonly putObject: (location: string, bytes: Uint8Array) => Promise<void>;
  readonly alertSinks: readonly AlertSink[];
}
