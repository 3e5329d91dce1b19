import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deepBalance } from '../../src/duckdb/batch/deep-balance.ts';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { withReader } from '../../src/duckdb/tables/reader.ts';
import { measureBalance } from '../../src/embedded/figures/balance.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import { tableFiles } from '../../src/embedded/workspace/table-files.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { ENVIRONMENT } from './harness.ts';

/**
 * Table or kind of state → its rows as text, sorted. Ids and times are left out, because every run has its
 * own.
 */
export type Content = ReadonlyMap<string, readonly string[]>;

const NEVER = new AbortController().signal;
/** More than the tests make, and the maximum of a page. */
const MANY = 1_000;

/** The columns to compare, by schema and kind of table. */
const RAW = `* EXCLUDE (ingestion_ts, publish_time) REPLACE (regexp_replace(source, '^(file:[^@]*|replay:.*)', '') AS source),
  CASE publish_time_origin WHEN 'message' THEN publish_time END AS publish_time`;
const ERRORS =
  '* EXCLUDE (batch_id, rejected_at) REPLACE (redriven_batch_id IS NOT NULL AS redriven_batch_id)';
const DRIFT = '* EXCLUDE (batch_id, detected_at)';
const ROWS = '* EXCLUDE (_batch_id)';

/** Opens the workspace to read only. */
export async function withOpened<T>(root: string, look: (workspace: Workspace) => Promise<T>): Promise<T> {
  const workspace = await openWorkspace(root, {
    clock: () => BigInt(Date.now()) * 1_000n,
    environment: ENVIRONMENT,
  });
  try {
    return await look(workspace);
  } finally {
    await workspace.close();
  }
}

/**
 * The content of the workspace. Fails unless both water balances are balanced, every dead letter has its
 * body, and each file in data/ belongs to a kept snapshot, a metadata log or the state.
 */
export function soundContent(root: string): Promise<Content> {
  return withOpened(root, async (workspace) => {
    const content = await withReader(workspace, NEVER, async (engine) => {
      await assertBalanced(workspace);
      return readContent(workspace, engine);
    });
    await assertNothingStray(workspace);
    return content;
  });
}

/**
 * Recomputes every topic from RAW (`partial`: as far as the newest contract version wrote the tables). It
 * opens its own engine, because a reader's engine cannot write.
 */
export async function assertDeeplyBalanced(root: string, status = 'equal'): Promise<void> {
  await withOpened(root, async (workspace) => {
    const { tempDirectory } = workspace;
    const engine = await openEngine({ memoryLimit: '512MiB', threads: 1, tempDirectory });
    try {
      for (const topic of await workspace.topicNames()) {
        const deep = await deepBalance(workspace, engine, topic);
        if (deep !== null) assert.equal(deep.status, status, `${topic}: ${JSON.stringify(deep)}`);
      }
    } finally {
      engine.close();
    }
  });
}

async function assertBalanced(workspace: Workspace): Promise<void> {
  for (const topic of await workspace.topicNames()) {
    const balance = await measureBalance(workspace, topic);
    const off = balance.equations.filter(({ residual }) => residual !== 0);
    assert.deepEqual([balance.status, off], ['balanced', []], topic);
  }
}

async function readContent(workspace: Workspace, engine: Engine): Promise<Content> {
  const content = new Map<string, readonly string[]>();
  for (const { namespace, name } of await workspace.catalog.tables()) {
    const rows = await engine.rows(
      `SELECT to_json(r)::VARCHAR AS row FROM (SELECT ${columnsOf(namespace, name)} FROM ${namespace}.${name}) r ORDER BY 1`,
    );
    content.set(
      `${namespace}.${name}`,
      rows.map(({ row }) => String(row)),
    );
  }
  for (const topic of await workspace.topicNames()) {
    content.set(`dead letters of ${topic}`, await deadLettersOf(workspace, topic));
    const { totals, generation } = await workspace.store.checkpoint(topic);
    content.set(`totals of ${topic}`, [inspectable({ ...totals, generation })]);
    const sources = await workspace.store.sources(topic);
    content.set(
      `sources of ${topic}`,
      sources.map(({ offset, messages, complete }) => inspectable({ offset, messages, complete })).sort(),
    );
  }
  return content;
}

function columnsOf(namespace: string, name: string): string {
  if (namespace === 'raw') return RAW;
  if (name.endsWith('_errors')) return ERRORS;
  return name.endsWith('_drift') ? DRIFT : ROWS;
}

async function deadLettersOf({ store, paths }: Workspace, topic: string): Promise<readonly string[]> {
  const { items } = await store.deadLetters({ topic }, MANY, null);
  const found: string[] = [];
  for (const { id, source, errorCode, errorOffset, messageId, bodySha256, status } of items) {
    const { body } = (await store.deadLetter(id)) ?? assert.fail(`${id} is listed, but not there`);
    const bytes = body.kind === 'inline' ? body.bytes : readFileSync(join(paths.root, body.pointer));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), bodySha256, id);
    const place = source.replace(/^(file:[^@]*|replay:.*)/, '');
    found.push(
      inspectable({ place, errorCode, errorOffset, messageId, bodySha256, kind: body.kind, status }),
    );
  }
  return found.sort();
}

/**
 * The content that does not depend on how RAW was split into batches: all but drift, generation and totals.
 */
export function rowsOf(content: Content): Content {
  const cut = /_drift$|^(totals|sources) of/;
  return new Map([...content].filter(([name]) => !cut.test(name)));
}

/** Fails with the first rows that differ, not with all of them. */
export function assertSameContent(found: Content, expected: Content, what: string): void {
  for (const [name, rows] of expected) {
    const mine = found.get(name) ?? [];
    const [has, wants] = [new Set(mine), new Set(rows)];
    const differing = {
      'not expected': mine.filter((row) => !wants.has(row)).slice(0, 3),
      missing: rows.filter((row) => !has.has(row)).slice(0, 3),
      rows: mine.length,
    };
    assert.deepEqual(differing, { 'not expected': [], missing: [], rows: rows.length }, `${what}: ${name}`);
  }
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort(), what);
}

async function assertNothingStray(workspace: Workspace): Promise<void> {
  const { paths, store } = workspace;
  const known = new Set(['', '-wal', '-shm'].map((ending) => paths.database + ending));
  for (const ref of await workspace.catalog.tables()) {
    const table =
      (await loadTable(localFiles, workspace.catalog, ref)) ?? assert.fail('a table without metadata');
    for (const { path } of await tableFiles(table)) {
      assert.ok(existsSync(path), `${path} is missing`);
      known.add(path);
    }
    for (const entry of table.metadata['metadata-log']) known.add(entry['metadata-file']);
  }
  for (const topic of await workspace.topicNames()) {
    for (const { id } of (await store.deadLetters({ topic }, MANY, null)).items) {
      const body = (await store.deadLetter(id))?.body;
      if (body?.kind === 'file') known.add(join(paths.root, body.pointer));
    }
  }
  assert.deepEqual(await store.openWorks(), []);
  assert.deepEqual(
    filesBelow(paths.data).filter((path) => !known.has(path)),
    [],
    'stray files',
  );
  assert.deepEqual(existsSync(paths.staging) ? readdirSync(paths.staging) : [], [], 'staging');
  assert.deepEqual(
    readdirSync(paths.temp).filter((name) => name !== workspace.owner),
    [],
    'tmp',
  );
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function inspectable(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? `${each}` : each));
}
