import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { Database } from '../../../src/state/sqlite/database.ts';
import {
  FORMAT_STEPS,
  type FormatStep,
  formatAfter,
  RELEASE,
  readFormat,
  topicsToRebuild,
} from '../../../src/state/sqlite/format.ts';
import { ensureSchema } from '../../../src/state/sqlite/schema.ts';
import { completionOf, intentAfter, NOON, semantic, TTL } from '../samples.ts';
import { type Folder, newFolder } from './workspace.ts';

const NEWEST = formatAfter(FORMAT_STEPS);

/** A step as a later release may have it: what it does to the file, and which topics it leaves behind. */
const fakeStep = (parts: Partial<FormatStep> = {}): FormatStep => ({
  to: NEWEST + 1,
  apply: (database) => database.script('CREATE TABLE added (a INTEGER) STRICT'),
  needsRebuild: ({ topic }) => topic === 'orders',
  ...parts,
});

suite('the format of a workspace', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await newFolder();
  });
  afterEach(() => folder.remove());

  const withDatabase = <T>(work: (database: Database) => T): T => {
    const database = new Database(folder.file);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  const schemaOf = (database: Database) =>
    database.all("SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') ORDER BY name");

  /** Two topics with a batch each. */
  const fill = async (): Promise<void> => {
    const { store } = folder.open();
    for (const topic of ['orders', 'payments']) await batch(store, topic);
    await store.close();
  };
  const batch = async (
    store: ReturnType<Folder['open']>['store'],
    topic: string,
    parts: Parameters<typeof intentAfter>[2] = {},
  ): Promise<void> => {
    const answer = await store.acquireLease(semantic(topic), 'test', TTL, NOON);
    assert.ok(answer.kind === 'acquired');
    const intent = intentAfter(await store.checkpoint(topic), 7n, parts);
    await store.storeIntent(answer.lease, intent);
    await store.completeBatch(answer.lease, completionOf(intent.batchId));
    await store.releaseLease(answer.lease);
  };

  test('names the release of package.json, and numbers its steps without gaps', () => {
    const manifest = join(import.meta.dirname, '..', '..', '..', 'package.json');
    assert.equal(RELEASE, JSON.parse(readFileSync(manifest, 'utf8')).version);
    assert.deepEqual(
      FORMAT_STEPS.map(({ to }) => to),
      FORMAT_STEPS.map((_, index) => index + 2),
    );
  });

  test('is the newest one in a new file', async () => {
    const { store } = folder.open();
    const expected = { format: NEWEST, release: RELEASE, topicsToRebuild: [] };
    assert.deepEqual(await store.storedFormat(), expected);
    await store.close();
  });

  test('is upgraded by its steps, and says which topics need a rebuild until they had one', async () => {
    await fill();
    withDatabase((database) => ensureSchema(database, folder.root, [...FORMAT_STEPS, fakeStep()]));
    const due = () => withDatabase(readFormat);
    assert.deepEqual(due(), { format: NEWEST + 1, release: RELEASE, topicsToRebuild: ['orders'] });
    withDatabase((database) => {
      assert.equal(database.get('SELECT count(*) AS rows FROM added')?.rows, 0n);
      // For the store below, which knows no later format.
      database.script(`PRAGMA user_version = ${NEWEST}`);
    });
    const { store } = folder.open();
    await batch(store, 'payments', { kind: 'rebuild', startSnapshotId: null, generation: 2 });
    assert.deepEqual((await store.storedFormat()).topicsToRebuild, ['orders']);
    await batch(store, 'orders', { kind: 'rebuild', startSnapshotId: null, generation: 2 });
    assert.deepEqual((await store.storedFormat()).topicsToRebuild, []);
    await store.close();
  });

  test('lists the topics that the steps ahead of a stored format leave behind', async () => {
    await fill();
    const { store } = folder.open();
    const checkpoints = await store.checkpoints();
    await store.close();
    const steps = [...FORMAT_STEPS, fakeStep(), fakeStep({ to: NEWEST + 2, needsRebuild: () => true })];
    assert.deepEqual(topicsToRebuild(NEWEST, checkpoints), []);
    assert.deepEqual(topicsToRebuild(NEWEST, checkpoints, steps.slice(0, -1)), ['orders']);
    assert.deepEqual(topicsToRebuild(NEWEST, checkpoints, steps), ['orders', 'payments']);
    assert.deepEqual(topicsToRebuild(NEWEST + 1, checkpoints, steps), ['orders', 'payments']);
    assert.deepEqual(topicsToRebuild(NEWEST + 2, checkpoints, steps), []);
  });

  test('stays as it was when a step fails', async () => {
    await fill();
    const broken = fakeStep({
      to: NEWEST + 2,
      apply: (database) => database.script('CREATE TABLE added (a INTEGER) STRICT'),
    });
    const before = withDatabase(schemaOf);
    withDatabase((database) =>
      assert.throws(() => ensureSchema(database, folder.root, [...FORMAT_STEPS, fakeStep(), broken])),
    );
    assert.deepEqual(withDatabase(schemaOf), before);
    assert.deepEqual(withDatabase(readFormat), { format: NEWEST, release: RELEASE, topicsToRebuild: [] });
  });

  test('of a newer release is refused with both names, and nothing is written', async () => {
    await fill();
    const raw = new DatabaseSync(folder.file);
    raw.exec(`INSERT INTO formats VALUES (${NEWEST + 1}, '9.8.7'); PRAGMA user_version = ${NEWEST + 1}`);
    raw.close();
    const before = readFileSync(folder.file);
    assert.throws(
      () => folder.open(),
      (error) => {
        assert.ok(error instanceof LeanOpsError);
        assert.equal(error.code, 'CATALOG_NEWER');
        assert.ok(error.message.includes(`format ${NEWEST + 1}, written by Lean-Ops 9.8.7`), error.message);
        assert.ok(error.message.includes(`Lean-Ops ${RELEASE}, which reads formats up to ${NEWEST}`));
        return true;
      },
    );
    assert.deepEqual(readFileSync(folder.file), before);
  });
});
