import { join } from 'node:path';

/** The files and folders of a workspace, as absolute paths. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  readonly topics: string;
  readonly data: string;
  /** Catalog and state. */
  readonly database: string;
  /** Iceberg tables: <namespace>/<table>/{metadata,data}. */
  readonly warehouse: string;
  /** Bodies of large dead letters, named by their SHA-256 and the work that wrote them. */
  readonly deadLetters: string;
  /** Staged rows that become Parquet; names of files and folders contain a work id. */
  readonly staging: string;
  /** Spill files of the engine, one folder per owner. */
  readonly temp: string;
  readonly secrets: string;
  readonly maskingKey: string;
  /** The key that signs the requests to the webhook. */
  readonly webhookSecret: string;
}

export const CONFIG_FILE = 'lean-ops.yaml';

/** The paths of a workspace at `root`, which is absolute. */
export function workspacePaths(root: string): WorkspacePaths {
  const data = join(root, 'data');
  const secrets = join(root, 'secrets');
  return {
    root,
    config: join(root, CONFIG_FILE),
    topics: join(root, 'topics'),
    data,
    database: join(data, 'lean-ops.db'),
    warehouse: join(data, 'warehouse'),
    deadLetters: join(data, 'dead-letters'),
    staging: join(data, 'staging'),
    temp: join(data, 'tmp'),
    secrets,
    maskingKey: join(secrets, 'masking.key'),
    webhookSecret: join(secrets, 'webhook.key'),
  };
}
