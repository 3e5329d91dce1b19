import { DEFAULTS } from '../../pipeline/settings.ts';

/** lean-ops.yaml as `init` writes it: every setting, its default and its meaning. */
export function defaultConfig(inputs: Readonly<Record<string, string>>): string {
  const mapped = Object.entries(inputs).map(([topic, file]) => `  ${topic}: ${file}\n`);
  return `# A Lean-Ops workspace. Every setting stands here with its default.
version: 1

engine:
  # DuckDB's memory. What does not fit is spilled into data/tmp.
  memory_limit: ${DEFAULTS.memoryLimit}
  # A number, or auto: one for each core.
  threads: ${DEFAULTS.threads}

ingest:
  # How much of a source one commit takes: a crash redoes at most this much.
  unit_size: ${DEFAULTS.unitSize}
  # A message published further than this after it was received goes to the dead letters.
  max_future_hours: ${DEFAULTS.maxFutureHours}

budgets:
  # A topic stops until a person has looked (\`lean-ops topic resume\`) once more than this share of a unit's messages
  # becomes dead letters, or of a batch's rows is rejected. More than half is no noise: producer or contract is broken.
  # 1: never.
  dead_letter_share: ${DEFAULTS.deadLetterShare}
  rejected_share: ${DEFAULTS.rejectedShare}
  # Fewer messages or rows than this are not judged: 1 of 2 says nothing.
  minimum: ${DEFAULTS.budgetMinimum}
  # Other figures for single topics: orders: { rejected_share: 0.1 }
  topics: {}

lease:
  # How long a run may be silent before another may take its work over.
  seconds: ${DEFAULTS.leaseSeconds}

alerts:
  # Where notices go: standard error, a file of JSON lines (relative to this folder), a webhook (http or https; signed
  # with LEAN_OPS_WEBHOOK_SECRET, or with secrets/webhook.key, readable by you only).
  stderr: ${DEFAULTS.alertStderr}
  file: ${DEFAULTS.alertFile}
  webhook: ${DEFAULTS.alertWebhook}
  # An error or worse that stays open is told again this often.
  repeat_hours: ${DEFAULTS.alertRepeatHours}
  # Dead letters are an error once more than this share of the messages since yesterday (of 100 at least) became
  # one; else a warning.
  dead_letter_share: ${DEFAULTS.alertDeadLetterShare}
  # A table with more snapshots than this needs \`lean-ops maintain\`.
  snapshots: ${DEFAULTS.alertSnapshots}

# What \`lean-ops maintain\` does to tables and state. Nothing here changes what a query shows.
maintenance:
  # Small files are packed into files of about this size: fewer are faster to read, larger ones slower to write anew.
  target_file_size: ${DEFAULTS.targetFileSize}
  # A partition with fewer small files, or files of deleted positions, than this is left alone: packing would gain little.
  min_files: ${DEFAULTS.minFiles}
  # Snapshots older than this are forgotten, and the files that only they need are deleted: how far back one can look.
  snapshot_days: ${DEFAULTS.snapshotDays}
  # And so are those before the newest so many: every commit writes the list of them anew.
  max_snapshots: ${DEFAULTS.maxSnapshots}
  # Metadata files older than this are deleted; each holds the whole list of snapshots, and only the newest is read.
  metadata_days: ${DEFAULTS.metadataDays}
  # Files that nothing names are deleted once they are older than this: longer than any job of any engine may take.
  orphan_days: ${DEFAULTS.orphanDays}
  # Daily figures are kept so long; the ledger's totals never expire.
  counter_days: ${DEFAULTS.counterDays}
  # Replayed and discarded dead letters are deleted so long after they were closed; open ones never.
  closed_dead_letter_days: ${DEFAULTS.closedDeadLetterDays}

# What \`lean-ops run\` takes when it is given no TOPIC=FILE; a file or a list of files, relative to this folder.
inputs:${mapped.length === 0 ? ' {}\n' : `\n${mapped.join('')}`}`;
}
