/** 'S': text, 'N': number. */
export type KeyType = 'S' | 'N';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface StateTable {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | null;
  /** Whether items may carry EXPIRES_AT. What must never expire (tokens, ledger, contracts) has none. */
  readonly expires: boolean;
}

/** The TTL attribute: seconds since 1970. DynamoDB deletes the item within days after it. */
export const EXPIRES_AT = 'expires_at_s';

const text = (name: string): KeyAttribute => ({ name, type: 'S' });

/**
 * The state tables; a table's full name is `stateTableName(prefix, id)`. None has a secondary index, because indexes are
 * eventually consistent and every reader here needs the current state. A test compares Terraform with this constant.
 *
 * - checkpoints: one item per topic.
 * - locks: `<topic>#<work>`.
 * - error_tracker: dead letters under `<topic>#<shard>`, sorted by time of first reception and id. Other hash keys,
 *   which no topic can have: `ID#<id>` holds the place of the letter with that id, `COUNTS#<topic>#<shard>` the number
 *   of letters by status, `TOPICS` the topics that ever had letters, `ALERTS` the stored alerts.
 * - counters: days of a topic; the intake of many concurrent functions under `<topic>#<shard>`, failures of runs by day
 *   and code under `<topic>#failures`, the last check results under `<topic>#checks`.
 * - topic_registry: contract versions from 1; version 0 is the topic itself, with its status and latest version.
 * - compaction_tracking: maintenance actions of a table.
 */
export const STATE_TABLES = {
  checkpoints: { hash: text('topic_name'), range: null, expires: false },
  locks: { hash: text('topic_name'), range: null, expires: false },
  error_tracker: { hash: text('topic_shard'), range: text('received_message'), expires: true },
  counters: { hash: text('topic_name'), range: text('date'), expires: true },
  topic_registry: { hash: text('topic_name'), range: { name: 'version', type: 'N' }, expires: false },
  compaction_tracking: { hash: text('table_name'), range: text('started_at'), expires: true },
} as const satisfies Record<string, StateTable>;

export type StateTableId = keyof typeof STATE_TABLES;

/** The table's full name. `prefix` is `lean-ops-<env>`. */
export function stateTableName(prefix: string, table: StateTableId): string {
  return `${prefix}-${table}`;
}
