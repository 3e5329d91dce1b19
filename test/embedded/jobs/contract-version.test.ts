import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { contractFile } from '../../../src/contract/file-name.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { remedyOf } from '../../../src/errors/remedy.ts';
import type { ErrorCode } from '../../../src/errors/taxonomy.ts';
import { judgeContract } from '../../../src/pipeline/contracts/contract-verdict.ts';
import { newestVersion } from '../../../src/pipeline/contracts/contract-version.ts';
import { type Workbench, withWorkbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const contract = (mode: string, ...properties: readonly string[]): string =>
  wrappedContract([ID, ...properties], {
    custom: ['{ property: envelope, value: wrapped }', `{ property: compatibility, value: ${mode} }`],
  });

const NOTE = '{ name: note, logicalType: string }';
const NUMBER_NOTE = '{ name: note, logicalType: integer }';
const SHORT_NOTE = '{ name: note, logicalType: string, logicalTypeOptions: { maxLength: 5 } }';
const SHORTER_NOTE = '{ name: note, logicalType: string, logicalTypeOptions: { maxLength: 4 } }';
const MORE = '{ name: more, logicalType: integer }';
const SMALL_MORE = '{ name: more, logicalType: integer, logicalTypeOptions: { maximum: 9 } }';

const register = async ({ workspace }: Workbench, rebuild = false) =>
  newestVersion(workspace, await workspace.contract('things'), rebuild);

async function refused(bench: Workbench, code: ErrorCode, ...texts: readonly RegExp[]): Promise<void> {
  const before = await bench.workspace.store.contractVersions('things');
  await assert.rejects(register(bench), (error: unknown) => {
    assert.ok(error instanceof LeanOpsError);
    assert.equal(error.code, code);
    assert.equal(error.details.file, contractFile(bench.workspace.paths.topics, 'things'));
    assert.match(remedyOf(error, 'embedded'), /lean-ops rebuild things/);
    for (const text of texts) assert.match(error.details.detail, text);
    return true;
  });
  assert.deepEqual(await bench.workspace.store.contractVersions('things'), before);
}

suite('registering a changed contract', () => {
  test('what the mode allows becomes the next version; the same meaning does not', () =>
    withWorkbench(contract('BACKWARD', NOTE), async (bench) => {
      assert.equal((await register(bench)).version, 1);
      await bench.contract(`# words\n${contract('BACKWARD', NOTE)}`);
      assert.equal((await register(bench)).version, 1);
      await bench.contract(contract('BACKWARD', NOTE, MORE));
      assert.equal((await register(bench)).version, 2);
    }));

  test('what the mode does not allow is refused with every reason, and leaves the registry as it was', () =>
    withWorkbench(contract('BACKWARD', SHORT_NOTE, MORE), async (bench) => {
      await register(bench);
      await bench.contract(contract('BACKWARD', SHORTER_NOTE, SMALL_MORE));
      await refused(
        bench,
        'CONTRACT_INCOMPATIBLE',
        /note become stricter/,
        /more become stricter/,
        /version 1/,
      );
      await bench.contract(contract('NONE', SHORTER_NOTE, SMALL_MORE));
      assert.equal((await register(bench)).version, 2);
    }));

  test('_ALL looks further back than the latest version', () =>
    withWorkbench(contract('NONE', NOTE), async (bench) => {
      await register(bench);
      await bench.contract(contract('NONE', SHORT_NOTE));
      await register(bench);
      await bench.contract(contract('BACKWARD_ALL', SHORT_NOTE, MORE));
      await refused(bench, 'CONTRACT_INCOMPATIBLE', /version 1/);
      await bench.contract(contract('BACKWARD', SHORT_NOTE, MORE));
      assert.equal((await register(bench)).version, 3);
    }));

  test('a change that the table cannot follow needs a rebuild under every mode, and a rebuild accepts any change', () =>
    withWorkbench(contract('NONE', NOTE, MORE), async (bench) => {
      await register(bench);
      for (const mode of ['NONE', 'FULL_ALL']) {
        await bench.contract(contract(mode, NUMBER_NOTE, MORE));
        await refused(bench, 'REBUILD_REQUIRED', /note changes from string to long/);
      }
      await bench.contract(contract('BACKWARD', NUMBER_NOTE, SMALL_MORE));
      await refused(bench, 'REBUILD_REQUIRED', /note changes/, /more become stricter/);
      assert.equal((await register(bench, true)).version, 2);
    }));

  test('a column cannot return with another type, because the table kept its rows', () =>
    withWorkbench(contract('BACKWARD', NOTE), async (bench) => {
      await bench.putRaw([{ id: 'a', time: 1n, payload: '{"id":"a","note":"x"}' }]);
      await bench.run();
      await bench.contract(contract('BACKWARD'));
      await bench.putRaw([{ id: 'b', time: 2n, payload: '{"id":"b"}' }]);
      assert.equal((await bench.run()).result, 'processed');
      await bench.contract(contract('BACKWARD', NUMBER_NOTE));
      await bench.putRaw([{ id: 'c', time: 3n, payload: '{"id":"c","note":1}' }]);
      await assert.rejects(bench.run(), { code: 'REBUILD_REQUIRED' });
      assert.equal((await bench.workspace.store.checkpoint('things')).intent, null);
      await bench.contract(contract('BACKWARD', NOTE));
      assert.equal((await bench.run()).result, 'processed');
    }));
});

test('a verdict says what registering would do, and changes nothing', () =>
  withWorkbench(contract('BACKWARD', SHORT_NOTE), async (bench) => {
    const judge = async () => judgeContract(bench.workspace, await bench.workspace.contract('things'));
    const verdictOf = async (text: string) => {
      await bench.contract(text);
      return (await judge()).verdict;
    };
    assert.equal((await judge()).verdict, 'new');
    await register(bench);
    assert.equal((await judge()).verdict, 'unchanged');
    assert.equal(await verdictOf(contract('BACKWARD', SHORT_NOTE, MORE)), 'accepted');
    assert.equal(await verdictOf(contract('BACKWARD', SHORTER_NOTE)), 'incompatible');
    assert.equal(await verdictOf(contract('FORWARD', SHORTER_NOTE)), 'accepted');
    assert.equal(await verdictOf(contract('NONE', NUMBER_NOTE)), 'rebuild');
    assert.equal((await bench.workspace.store.contractVersions('things')).length, 1);
  }));
