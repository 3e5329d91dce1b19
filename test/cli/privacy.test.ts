import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryWorkspace } from '../support/temporary.ts';
import { outcomeOf } from './outcome.ts';

/**
 * Promise 7: personal data named in a contract is nowhere unmasked outside RAW-class storage. Every personal field of
 * the orders example carries values that occur nowhere else, in good messages, rejected ones, drift and dead letters;
 * then every answer, every metadata file and the state are searched for them.
 */
const CONTRACT = join(import.meta.dirname, '../../examples/workspace/topics/orders.odcs.yaml');
/** Stands in every planted value; masks may keep at most the last four characters of one. */
const CANARY = 'kanarie';
const NUMBER_CANARY = '7719935577';

function message(id: string, order: object, customer: object): string {
  const payload = {
    _metadata: { idempotencyKeyResource: `${id}:1` },
    order_id: id,
    status: 'placed',
    placed_at: '2026-01-05T10:00:00Z',
    customer: {
      name: `${CANARY} name ${id}`,
      email: `${CANARY}.${id}@example.org`,
      phone: `+49 ${CANARY} ${id}`,
      iban: `DE${CANARY}${id}`,
      country: 'DE',
      ...customer,
    },
    item_count: 1,
    total: 12.5,
    currency: 'EUR',
    notes: `${CANARY} notes ${id}`,
    ...order,
  };
  return JSON.stringify({ messageId: `${id}/placed`, publishTime: '2026-01-05T10:00:00Z', payload });
}

const MESSAGES = [
  message('ORD-900001', {}, {}),
  message('ORD-900001', {}, {}),
  message('ORD-900002', { total: null }, {}),
  message('ORD-900003', { total: null }, { email: null, name: 5, phone: { number: CANARY } }),
  message('ORD-900004', {}, { email: Number(NUMBER_CANARY) }),
  message(
    'ORD-900005',
    {},
    { phone: Number(NUMBER_CANARY), iban: [CANARY], nickname: `${CANARY} nick`, [`${CANARY} name@x`]: 1 },
  ),
  message('ORD-900006', { notes: [`${CANARY} list`], status: 'nonsense' }, {}),
  message('ORD-900007', {}, {}).slice(0, -20),
  message('ORD-900008', {}, {}).replace('"order_id"', '"total":1,"order_id"'),
  message('ORD-900009', {}, {}).replace('ORD-900009:1', ''),
  `{"messageId":"m","payload":{"customer":{"name":"${CANARY}\u0001"}}}`,
  // Long ways to an error, through names that hold personal data themselves.
  `{"messageId":"m","payload":{"customer":{"${CANARY} x":1,"${CANARY} x":2}}}`,
  `{"messageId":"m","payload":${`{"${CANARY}":`.repeat(70)}1${'}'.repeat(70)}}`,
  `{"messageId":"m","payload":{"customer":{"name":"${CANARY}","phone":+${NUMBER_CANARY}}}}`,
  message(
    'ORD-900010',
    {},
    { name: { [CANARY]: { [`${CANARY} deep`]: [CANARY] } }, email: [CANARY], iban: true },
  ),
  message('ORD-900011', { schemaVersion: '9.9', extra: { [`${CANARY} k`]: 1 } }, {}),
  message('ORD-900012', { total: 'no number' }, { email: '', phone: CANARY, iban: '' }),
  message('ORD-900013', { notes: CANARY.repeat(20_000) }, { name: CANARY.repeat(20_000), email: 7 }),
];

const ANSWERS: readonly (readonly string[])[] = [
  ['status'],
  ['balance', '--deep'],
  ['errors'],
  ['drift'],
  ['alerts', '--check'],
  ['freshness'],
  ['explain', '--key', 'ORD-900001'],
  ['explain', 'ORD-900003/placed'],
  ['dlq', 'list'],
  ['doctor', '--deep'],
  ['render', 'orders'],
  ['schema', 'diff', 'orders'],
  ['query', 'SELECT * FROM semantic.orders'],
  ['query', 'SELECT * FROM semantic.orders_errors'],
  ['query', 'SELECT * FROM semantic.orders_drift'],
  ['topic', 'list'],
  ['schema', 'check'],
  ['drift', 'accept', 'orders', 'customer.nickname', '--dry-run'],
  ['drift', 'mute', 'orders', 'customer.nickname'],
  ['errors', 'redrive', 'orders', '--dry-run'],
  ['dlq', 'replay', '--all', '--yes'],
  ['dlq', 'list'],
  ['errors', 'orders'],
  ['maintain'],
];

async function answers(root: string, input: string): Promise<string> {
  const texts: string[] = [];
  const runs = [['run', `orders=${input}`], ['rebuild', 'orders'], ...ANSWERS];
  for (const argv of runs) {
    const outcome = await outcomeOf(root, ...argv);
    texts.push(JSON.stringify([argv, outcome]));
  }
  const listed = await outcomeOf(root, 'dlq', 'list');
  const ids = [...JSON.stringify(listed.json).matchAll(/"id":"([0-9a-f]{32})"/g)];
  assert.ok(ids.length > 2, 'there are dead letters to show');
  for (const [, id = ''] of ids) {
    texts.push(JSON.stringify(await outcomeOf(root, 'dlq', 'show', id)));
  }
  return texts.join('\n');
}

/** Files that no part of the promise exempts: everything but data files (read by query) and the state (read below). */
async function metadataOf(root: string): Promise<string> {
  const entries = await readdir(join(root, 'data'), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const metadata = paths.filter((path) => /\.(avro|json)$/.test(path));
  assert.ok(metadata.length > 10, 'the tables have metadata');
  return (await Promise.all(metadata.map((path) => readFile(path, 'latin1')))).join('\n');
}

/** Every column of every table of the state but the bodies of dead letters. */
function stateOf(root: string): string {
  const database = new DatabaseSync(join(root, 'data/lean-ops.db'), { readOnly: true });
  database.prepare('SELECT 1').get();
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  const rows = tables.flatMap(({ name }) => {
    const statement = database.prepare(`SELECT * FROM "${name}"`);
    statement.setReadBigInts(true);
    return statement.all();
  });
  database.close();
  assert.ok(
    rows.some((row) => 'body' in row),
    'there are dead letters',
  );
  return rows.map(({ body: _body, ...row }) => Object.values(row).map(String).join('\t')).join('\n');
}

test('no output, metadata file or state row shows personal data', async () => {
  const temporary = await temporaryWorkspace();
  const { root } = temporary;
  try {
    await mkdir(join(root, 'topics'));
    await copyFile(CONTRACT, join(root, 'topics/orders.odcs.yaml'));
    await writeFile(join(root, 'lean-ops.yaml'), 'version: 1\nalerts: {file: data/alerts.json}\n');
    const input = join(root, 'orders.ndjson');
    await writeFile(input, `${MESSAGES.join('\n')}\n`);
    const searched = {
      answers: await answers(root, input),
      metadata: await metadataOf(root),
      state: stateOf(root),
    };
    assert.match(searched.answers, /ORD-900003/);
    assert.match(searched.metadata, /CDE_DRIFT/);
    const raw = await outcomeOf(root, 'query', 'SELECT json_payload FROM raw.orders');
    assert.ok(JSON.stringify(raw.json).includes(CANARY), 'RAW holds what came');
    const key = (await readFile(join(root, 'secrets/masking.key'), 'utf8')).trim();
    for (const [place, text] of Object.entries(searched)) {
      for (const canary of [CANARY, NUMBER_CANARY, key]) {
        const at = text.indexOf(canary);
        assert.equal(at, -1, `${canary} stands in ${place}: ${text.slice(Math.max(0, at - 300), at + 60)}`);
      }
    }
  } finally {
    await temporary.remove();
  }
});
