/** 'S': text, 'N': number. */
export type KeyType = 'S' | 'N';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

export interface StateTable {
  readonly hash: KeyAttribute;
  readonly range: KeyAttribute | null;
  /** Whether items may carry EXPIRES_AT. What must never be forgotten (tokens, ledger, contracts) has none. */
  readonly expires: boolean;
}

/** The TTL attribute: seconds since 1970. DynamoDB deletes within days after it. */
export const EXPIRES_AT = 'expires_at_s';

const text = (name: string): KeyAttribute => ({ name, type: 'S' });

/**
 * The state tables (DESIGN 8); a table's full name is `tableName(prefix, id)`. None has a secondary index: those are
 * eventually consistent, and every question here wants the truth. Terraform is tested against this constant.
 *
 * - checkpoints: one item a topic.
 * - locks: `<topic>#<work>`.
 * - error_tracker: dead letters under `<topic>#<shard>`, sorted by time of first reception and id. Beside them, under
 *   hash keys that no topic can have: `ID#<id>` says where the letter of an id lies, `COUNTS#<topic>#<shard>` how many
 *   there are by status, `TOPICS` which topics have any.
 *   The open alerts lie under `ALERTS`.
 * - counters: days of a topic; the intake of many concurrent functions under `<topic>#<shard>`, failures of runs by day
 *   and code under `<topic>#failures`, the last check results under `<topic>#checks`.
 * - topic_registry: contract versions from 1; version 0 is the topic itself, with its status and latest version.
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

/** `prefix` is `lean-ops-<env>`. */
export function tableName(prefix: string, table: StateTableId): string {
  return `${prefix}-${table}`;
}
