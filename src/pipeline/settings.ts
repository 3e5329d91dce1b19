/** What a place can set, with its defaults. A workspace reads its settings from lean-ops.yaml; AWS uses the defaults. */

/** Limits of a DuckDB session. */
export interface EngineSettings {
  /** DuckDB's memory, as DuckDB writes it: '1GiB'. */
  readonly memoryLimit: string;
  readonly threads: number;
}

/** When a topic halts (see `Budget`). Shares are from 0 to 1; `minimum` is in rows or messages. */
export interface TopicBudgets {
  readonly deadLetterShare: number;
  readonly rejectedShare: number;
  readonly minimum: number;
}

export interface BudgetSettings {
  readonly defaults: TopicBudgets;
  /** By topic: only what differs from the defaults. */
  readonly topics: Readonly<Record<string, Partial<TopicBudgets>>>;
}

/** What `maintain` keeps, and for how long. The comments in lean-ops.yaml give the reasons. */
export interface MaintenanceSettings {
  readonly targetFileBytes: number;
  readonly minFiles: number;
  readonly snapshotDays: number;
  readonly maxSnapshots: number;
  readonly metadataDays: number;
  readonly orphanDays: number;
  readonly counterDays: number;
  readonly closedDeadLetterDays: number;
}

/** By the keys of lean-ops.yaml, in its units. */
export const DEFAULTS = {
  memoryLimit: '1GiB',
  threads: 'auto',
  unitSize: '128MiB',
  maxFutureHours: 24,
  leaseSeconds: 60,
  alertStderr: true,
  alertFile: 'none',
  alertWebhook: 'none',
  alertRepeatHours: 24,
  alertDeadLetterShare: 0.05,
  alertSnapshots: 500,
  targetFileSize: '128MiB',
  minFiles: 5,
  snapshotDays: 5,
  maxSnapshots: 100,
  metadataDays: 1,
  orphanDays: 3,
  counterDays: 90,
  closedDeadLetterDays: 30,
  deadLetterShare: 0.5,
  rejectedShare: 0.5,
  budgetMinimum: 100,
} as const;
