import { LeanOpsError } from '../../errors/error.ts';
import type { Checkpoint } from '../checkpoint.ts';
import type { StoredFormat } from '../store-file.ts';
import { readCheckpoints } from './checkpoints.ts';
import type { Database } from './database.ts';
import { count, text } from './row.ts';

/** The release that this code is; a test compares it with package.json. */
export const RELEASE = '0.2.0';

/** One change of what a workspace stores. */
export interface FormatStep {
  /** The format after the step; the one before is smaller by 1. */
  readonly to: number;
  /** Changes the database; runs in the transaction of the whole upgrade. */
  readonly apply: (database: Database) => void;
  /** Whether the topic's semantic table cannot be continued after the step. */
  readonly needsRebuild: (checkpoint: Checkpoint) => boolean;
}

/**
 * `formats` names the release that wrote each format; its two columns never change, because older releases read them
 * to name a newer one. `pending_rebuilds` holds the generation that a topic had when an upgrade asked for its rebuild.
 */
const FORMAT_TABLES = `
CREATE TABLE formats (
  format INTEGER PRIMARY KEY, release TEXT NOT NULL
) STRICT;
CREATE TABLE pending_rebuilds (
  topic_name TEXT PRIMARY KEY, generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`;

/** From format 1, in order. A new step goes to the end, and its tables into `schema.ts` too, for new workspaces. */
export const FORMAT_STEPS: readonly FormatStep[] = [
  { to: 2, apply: createFormatTables, needsRebuild: () => false },
];

/** The format after all steps. */
export function formatAfter(steps: readonly FormatStep[]): number {
  return steps.at(-1)?.to ?? 1;
}

/** Makes the tables that say which release wrote which format. */
export function createFormatTables(database: Database): void {
  database.script(FORMAT_TABLES);
}

/** Makes `format` the file's format, written by this release. */
export function recordFormat(database: Database, format: number): void {
  database.run('INSERT INTO formats (format, release) VALUES (?, ?)', format, RELEASE);
  database.script(`PRAGMA user_version = ${format}`);
}

/** The topics of `checkpoints` that need a rebuild when a workspace of `format` is opened under `steps`. */
export function topicsToRebuild(
  format: number,
  checkpoints: readonly Checkpoint[],
  steps: readonly FormatStep[] = FORMAT_STEPS,
): readonly string[] {
  const ahead = steps.filter(({ to }) => to > format);
  return checkpoints
    .filter((checkpoint) => ahead.some(({ needsRebuild }) => needsRebuild(checkpoint)))
    .map(({ topic }) => topic);
}

/** Brings a file of an older format to the newest; the caller holds the transaction. */
export function upgradeFormat(database: Database, from: number, steps: readonly FormatStep[]): void {
  for (const { to, apply } of steps) if (to > from) apply(database);
  // Read after the steps: this code reads the newest format only.
  const checkpoints = readCheckpoints(database);
  const topics = new Set(topicsToRebuild(from, checkpoints, steps));
  for (const { topic, generation } of checkpoints) {
    if (!topics.has(topic)) continue;
    const sql = 'INSERT OR REPLACE INTO pending_rebuilds (topic_name, generation) VALUES (?, ?)';
    database.run(sql, topic, generation);
  }
  recordFormat(database, formatAfter(steps));
}

/** The file's format, its writer, and the topics that an upgrade found to need a rebuild that has not happened yet. */
export function readFormat(database: Database): StoredFormat {
  const pending = database.all(
    `SELECT topic_name FROM pending_rebuilds JOIN checkpoints USING (topic_name)
     WHERE checkpoints.generation <= pending_rebuilds.generation ORDER BY topic_name`,
  );
  return {
    format: formatNumber(database),
    release: writerOf(database),
    topicsToRebuild: pending.map((row) => text(row, 'topic_name')),
  };
}

/** 0 for a file without tables. */
export function formatNumber(database: Database): number {
  const row = database.get('PRAGMA user_version');
  return row === null ? 0 : count(row, 'user_version');
}

/** CATALOG_NEWER, with the names of both releases. */
export function newerFormat(database: Database, steps: readonly FormatStep[]): LeanOpsError {
  const written = `${database.file} has format ${formatNumber(database)}, written by Lean-Ops ${writerOf(database)}`;
  return new LeanOpsError('CATALOG_NEWER', {
    operation: 'opening the state database',
    detail: `${written}; this is Lean-Ops ${RELEASE}, which reads formats up to ${formatAfter(steps)}`,
  });
}

/** The release that wrote the newest format in the file. */
function writerOf(database: Database): string {
  const table = database.get("SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'formats'");
  const row =
    table === null ? null : database.get('SELECT release FROM formats ORDER BY format DESC LIMIT 1');
  return row === null ? 'of an unknown release' : text(row, 'release');
}
