import { DEFAULTS } from '../../pipeline/settings.ts';

/** lean-ops.yaml as `init` writes it: every setting with its default and meaning. */
export function defaultConfig(inputs: Readonly<Record<string, string>>): string {
  const mapped = Object.entries(inputs).map(([topic, file]) => `  ${topic}: ${file}\n`);
  return `# Settings of a Lean-Ops workspace. Every setting is listed with its default.
version: 1

engine:
  # DuckDB's memory. DuckDB spills what does not fit to data/tmp.
  memory_limit: ${DEFAULTS.memoryLimit}
  # A number, or auto: one thread per core.
  threads: ${DEFAULTS.threads}

ingest:
  # Source bytes per commit. After a crash, at most this much is read again.
  unit_size: ${DEFAULTS.unitSize}
  # A message becomes a dead letter if its publish time is later than its reception by more than this.
  max_future_hours: ${DEFAULTS.maxFutureHours}

budgets:
  # A topic halts if more than this share of a unit's messages becomes dead letters, or of a batch's rows is rejected.
  # More than half means that the producer or the contract is broken. \`lean-ops topic resume\` ends the halt.
  # 1: never halt.
  dead_letter_share: ${DEFAULTS.deadLetterShare}
  rejected_share: ${DEFAULTS.rejectedShare}
  # Units and batches with fewer messages or rows than this are not judged.
  minimum: ${DEFAULTS.budgetMinimum}
  # Values for single topics, for example orders: { rejected_share: 0.1 }
  topics: {}

lease:
  # Another run can take over the work of a run that sent no heartbeat for this long.
  seconds: ${DEFAULTS.leaseSeconds}

alerts:
  # Where notifications go: standard error, a file of JSON lines (relative to this folder), a webhook (http or https).
  # The webhook is signed with LEAN_OPS_WEBHOOK_SECRET, or with secrets/webhook.key, which only you can read.
  stderr: ${DEFAULTS.alertStderr}
  file: ${DEFAULTS.alertFile}
  webhook: ${DEFAULTS.alertWebhook}
  # An open alert of severity error or critical is sent again after this long.
  repeat_hours: ${DEFAULTS.alertRepeatHours}
  # Dead letters are an error if more than this share of the messages since yesterday (at least 100) became dead
  # letters; otherwise they are a warning.
  dead_letter_share: ${DEFAULTS.alertDeadLetterShare}
  # A table with more snapshots than this needs \`lean-ops maintain\`.
  snapshots: ${DEFAULTS.alertSnapshots}

# What \`lean-ops maintain\` does to tables and state. It never changes the result of a query.
maintenance:
  # Small files are compacted into files of about this size. Fewer files are faster to read; larger ones take longer to rewrite.
  target_file_size: ${DEFAULTS.targetFileSize}
  # A partition with fewer small files or position delete files than this is not compacted.
  min_files: ${DEFAULTS.minFiles}
  # Snapshots older than this expire, and the files that only they need are deleted. This limits time travel.
  snapshot_days: ${DEFAULTS.snapshotDays}
  # Only this many of the newest snapshots are kept: every commit rewrites the list of snapshots.
  max_snapshots: ${DEFAULTS.maxSnapshots}
  # Metadata files older than this are deleted. Each has the whole list of snapshots, and only the newest is read.
  metadata_days: ${DEFAULTS.metadataDays}
  # Files that no table refers to are deleted after this long. It must exceed the longest job of any engine.
  orphan_days: ${DEFAULTS.orphanDays}
  # Daily figures are kept this long. The totals of the ledger never expire.
  counter_days: ${DEFAULTS.counterDays}
  # Replayed and discarded dead letters are deleted this long after they were closed. Open ones are kept.
  closed_dead_letter_days: ${DEFAULTS.closedDeadLetterDays}

# What \`lean-ops run\` ingests without TOPIC=FILE: one file or a list of files per topic, relative to this folder.
inputs:${mapped.length === 0 ? ' {}\n' : `\n${mapped.join('')}`}`;
}
