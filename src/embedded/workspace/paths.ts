import { join } from 'node:path';

/** Where everything stands in a workspace; absolute paths. */
export interface WorkspacePaths {
  readonly root: string;
  readonly config: string;
  readonly topics: string;
  readonly data: string;
  /** Catalog and state. */
  readonly database: string;
  /** Iceberg tables: <namespace>/<table>/{metadata,data}. */
  readonly warehouse: string;
  /** Bodies of large dead letters, named by their SHA-256 and the work that took them. */
  readonly deadLetters: string;
  /** Staged rows on their way into Parquet; files and folders carry a work id. */
  readonly staging: string;
  /** Spill files of the engine, in one folder for each owner. */
  readonly temp: string;
  readonly secrets: string;
  readonly maskingKey: string;
  /** Signs the calls of the alerts' webhook. */
  readonly webhookSecret: string;
}

export const CONFIG_FILE = 'lean-ops.yaml';

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
