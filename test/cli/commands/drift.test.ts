import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { contractFile } from '../../../src/contract/file-name.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { remedyOf } from '../../../src/errors/remedy.ts';
import type { ErrorCode } from '../../../src/errors/taxonomy.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { at, outcomeOf } from '../outcome.ts';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: things
version: 1.0.0
status: active
# What wraps a message.
customProperties:
  - { property: envelope, value: wrapped }
schema:
  - name: things
    properties:
      - { name: id, logicalType: string, primaryKey: true } # the key
      - name: owner
        logicalType: object
        properties:
          - { name: country, logicalType: string }
`;
const SECRET = 'kanarie';

const PAYLOADS = [
  { id: '1', size: 5, when: '2024-02-29T00:00:00Z', mixed: 1, owner: { country: 'DE', nick: SECRET } },
  {
    id: '2',
    size: 7,
    when: '2024-03-01T00:00:00Z',
    mixed: 'x',
    owner: { country: 'FR', mail: `${SECRET}@x.org` },
  },
  { id: '3', 'two words': 1, flag: false, never: null, seen_at: 1_700_000_000_000, owner: {} },
];

async function withBench(
  task: (
    bench: Workbench,
    call: (...argv: readonly string[]) => ReturnType<typeof outcomeOf>,
  ) => Promise<void>,
): Promise<void> {
  const bench = await workbench(CONTRACT);
  try {
    await bench.putRaw(
      PAYLOADS.map((each, index) => ({ id: `${index}`, time: 1n, payload: JSON.stringify(each) })),
    );
    await bench.run();
    await task(bench, (...argv) => outcomeOf(bench.temporary.root, ...argv));
  } finally {
    await bench.close();
  }
}

const text = (bench: Workbench): Promise<string> =>
  readFile(contractFile(bench.workspace.paths.topics, 'things'), 'utf8');

const refused =
  (code: ErrorCode, words: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof LeanOpsError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(`${error.message}\n${remedyOf(error, 'embedded')}`, words);
    assert.doesNotMatch(`${error.message}\n${remedyOf(error, 'embedded')}`, new RegExp(SECRET));
    return true;
  };

suite('drift accept', () => {
  test('an accepted path is a column from the next batch on; a rebuild fills older rows', () =>
    withBench(async (bench, call) => {
      const dry = await call('drift', 'accept', 'things', 'size', '--dry-run');
      assert.equal(at(dry.json, 'written'), false);
      assert.equal(await text(bench), CONTRACT);
      const { exit, json, lines } = await call('drift', 'accept', 'things', 'size');
      assert.deepEqual([exit, at(json, 'logical_type'), at(json, 'masking')], [0, 'integer', null]);
      assert.deepEqual(at(json, 'added'), ['      - name: size', '        logicalType: integer']);
      assert.match(lines.join('\n'), /\+ {7}- name: size/);
      assert.ok((await text(bench)).includes('# the key'));
      await call('drift', 'accept', 'things', 'when');
      assert.equal((await call('schema', 'check', 'things')).exit, 0);
      await bench.putRaw([{ id: '9', time: 2n, payload: '{"id":"9","size":9}' }]);
      await bench.run();
      const sizes = async () => (await bench.rows('things', 'id')).map(({ size }) => size);
      assert.deepEqual(await sizes(), [null, null, null, 9n]);
      await bench.rebuild();
      assert.deepEqual(await sizes(), [5n, 7n, null, 9n]);
    }));

  test('a path inside an object is masked if it looks personal', () =>
    withBench(async (bench, call) => {
      const mail = await call('drift', 'accept', 'things', 'owner.mail');
      assert.equal(at(mail.json, 'masking'), 'hash');
      assert.match(
        mail.lines.join('\n'),
        /personal data \(looks like an e-mail address\): it is masked by hash/,
      );
      const nick = await call('drift', 'accept', 'things', 'owner.nick', '--masking', 'redact');
      assert.equal(at(nick.json, 'masking'), 'redact');
      assert.doesNotMatch(JSON.stringify([mail, nick]), new RegExp(SECRET));
      const { columns } = (await bench.workspace.contract('things')).topic;
      assert.deepEqual(
        columns.map(({ name, masking }) => [name, masking?.kind ?? null]),
        [
          ['id', null],
          ['owner_country', null],
          ['owner_mail', 'hash'],
          ['owner_nick', 'redact'],
        ],
      );
    }));

  test('an ambiguous type must be named', () =>
    withBench(async (bench, call) => {
      const accept = (...argv: readonly string[]) => call('drift', 'accept', 'things', ...argv);
      await assert.rejects(
        accept('mixed'),
        refused('USAGE', /ambiguous: its values have different kinds[\s\S]*--type/),
      );
      await assert.rejects(accept('never'), refused('USAGE', /ambiguous/));
      await assert.rejects(accept('seen_at'), refused('USAGE', /by name and range, milliseconds since 1970/));
      await assert.rejects(accept('mixed', '--type', 'text'), refused('USAGE', /"text" is not a type/));
      await assert.rejects(
        accept('mixed', '--type', 'decimal(99,2)'),
        refused('USAGE', /Nothing was written/),
      );
      assert.equal(await text(bench), CONTRACT);
      await accept('seen_at', '--type', 'epoch-ms');
      await accept('mixed', '--type', 'string');
      await accept('flag');
      const { columns } = (await bench.workspace.contract('things')).topic;
      assert.deepEqual(
        columns.slice(2).map(({ name, type, epoch }) => [name, type.kind, epoch]),
        [
          ['seen_at', 'timestamptz', 'ms'],
          ['mixed', 'string', null],
          ['flag', 'boolean', null],
        ],
      );
    }));

  test('a path that is not unknown is refused', () =>
    withBench(async (_bench, call) => {
      const accept = (path: string) => call('drift', 'accept', 'things', path);
      await assert.rejects(accept('{key}'), refused('USAGE', /are not stored[\s\S]*by hand/));
      await assert.rejects(accept('owner.country'), refused('USAGE', /drift is MISSING_PATH/));
      await assert.rejects(accept('nothing'), refused('NOT_FOUND', /no drift of nothing/));
      await call('drift', 'accept', 'things', 'size');
      await assert.rejects(accept('size'), refused('USAGE', /already has size/));
    }));
});

suite('drift mute', () => {
  test('muted drift is hidden, still counted, and does not need a rebuild', () =>
    withBench(async (bench, call) => {
      const paths = async (...more: readonly string[]) =>
        (
          at((await call('drift', 'things', ...more)).json, 'drift') as readonly {
            path: string;
            kind: string;
          }[]
        ).map(({ path, kind }) => `${path} ${kind}`);
      assert.ok((await paths()).includes('size UNKNOWN_PATH'));
      const { lines } = await call('drift', 'mute', 'things', 'size');
      assert.match(lines.join('\n'), /\+ {3}- property: driftMuted/);
      await call('drift', 'mute', 'things', 'owner.country', '--kind', 'MISSING_PATH');
      assert.ok((await text(bench)).includes('# What wraps a message.'));
      assert.ok(!(await paths()).some((each) => /^(size|owner\.country) /.test(each)));
      assert.ok((await paths('--all')).includes('size UNKNOWN_PATH'));
      assert.match((await call('drift', 'things')).lines.join('\n'), /2 muted\. Use --all/);
      const check = await call('schema', 'check', 'things');
      assert.deepEqual([check.exit, at(check.json, 'topics', 0, 'verdict')], [0, 'accepted']);
      await bench.putRaw([{ id: '9', time: 2n, payload: '{"id":"9","size":9}' }]);
      await bench.run();
      const all = at((await call('drift', '--all')).json, 'drift') as readonly {
        path: string;
        rows: number;
      }[];
      assert.equal(all.find(({ path }) => path === 'size')?.rows, 3);
      await assert.rejects(call('drift', 'mute', 'things', 'size'), refused('NOT_FOUND', /already muted/));
      const undone = await call('drift', 'mute', 'things', 'size', '--undo');
      assert.deepEqual(at(undone.json, 'removed'), ['      - path: size']);
      assert.match(undone.lines.join('\n'), /^- {7}- path: size$/m);
      assert.ok((await paths()).includes('size UNKNOWN_PATH'));
      await assert.rejects(
        call('drift', 'mute', 'things', 'size', '--undo'),
        refused('NOT_FOUND', /is not muted[\s\S]*drift --all/),
      );
      await assert.rejects(
        call('drift', 'mute', 'things', 'owner.country', '--kind', 'UNKNOWN_PATH', '--undo'),
        refused('NOT_FOUND', /is muted for MISSING_PATH, not for UNKNOWN_PATH/),
      );
      await call('drift', 'mute', 'things', 'owner.country', '--undo');
      assert.equal(await text(bench), CONTRACT);
      await assert.rejects(
        call('drift', 'mute', 'things', 'when', '--kind', 'TYPE_MISMATCH'),
        refused('NOT_FOUND', /shows UNKNOWN_PATH, MISSING_PATH, not TYPE_MISMATCH|shows UNKNOWN_PATH, not/),
      );
    }));
});
