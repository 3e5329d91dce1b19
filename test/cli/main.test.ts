import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'bin', 'lean-ops.mjs');
let folder = '';
let workspace = '';

function leanOps(...argv: string[]) {
  return spawnSync(process.execPath, [BIN, ...argv], { cwd: folder, encoding: 'utf8' });
}

suite('lean-ops', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
    workspace = join(folder, 'shop');
    assert.equal(leanOps('init', 'shop').status, 0);
  });
  after(() => rmSync(folder, { recursive: true }));

  test('results go to standard output, and standard error stays empty', () => {
    const { status, stdout, stderr } = leanOps('status', '--workspace', workspace);
    assert.equal(status, 0);
    assert.match(stdout, /sensor_readings/);
    assert.equal(stderr, '');
  });

  test('--json prints one document on standard output and the text on standard error', () => {
    const { stdout, stderr } = leanOps('status', '--json', '--workspace', workspace);
    assert.equal(JSON.parse(stdout).balance, 'balanced');
    assert.match(stderr, /sensor_readings/);
    assert.equal(leanOps('status', '--json', '--quiet', '--workspace', workspace).stderr, '');
  });

  test('--json prints an error as a document', () => {
    const { status, stdout, stderr } = leanOps('status', '--json', '--workspace', join(folder, 'nowhere'));
    assert.equal(status, 2);
    assert.equal(JSON.parse(stdout).error.code, 'WORKSPACE_MISSING');
    assert.match(stderr, /WORKSPACE_MISSING[\s\S]*lean-ops init/);
  });

  test('--quiet: commands that do work print nothing on success', () => {
    const { status, stdout, stderr } = leanOps('init', 'second', '--quiet');
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });

  test('a usage error names the help of the command, and on AWS the alternative', () => {
    const called = (...argv: string[]) => leanOps(...argv, '--workspace', workspace).stderr;
    assert.match(called('explain'), /^USAGE[\s\S]*remedy {2}See `lean-ops explain --help`\./);
    assert.match(called('errors', '--limit', 'x'), /--limit expects[\s\S]*`lean-ops errors --help`/);
    assert.match(called('maintain', '--target', 'aws'), /USAGE[\s\S]*"kind": "maintain"/);
    assert.match(called('errors', 'redrive', 'orders', '--target', 'aws'), /USAGE[\s\S]*"kind": "redrive"/);
  });

  test('the workspace is found in a parent folder', () => {
    const deep = join(workspace, 'topics', 'deep');
    mkdirSync(deep, { recursive: true });
    const { status } = spawnSync(process.execPath, [BIN, 'validate'], { cwd: deep });
    assert.equal(status, 0);
    rmSync(deep, { recursive: true });
  });

  test('validate prints every problem with file and line, and exits with 2', () => {
    const bad = join(folder, 'bad');
    cpSync(workspace, bad, { recursive: true });
    writeFileSync(join(bad, 'topics', 'broken.odcs.yaml'), 'apiVersion: v3.1.0\nkind: Nonsense\n');
    writeFileSync(join(bad, 'topics', 'stray.yaml'), '');
    const { status, stdout } = leanOps('validate', '--workspace', bad);
    assert.equal(status, 2);
    assert.match(stdout, /error bad\/topics\/broken\.odcs\.yaml:2/);
    assert.match(stdout, /warning topics\/stray\.yaml/);
  });

  test('a closed pipe ends the command without an error', async () => {
    const child = spawn('bash', [
      '-c',
      `"${process.execPath}" "${BIN}" query 'SELECT range FROM range(900000)' --limit 900000 --workspace "${workspace}" | head -1`,
    ]);
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    await new Promise((done) => child.on('close', done));
    assert.equal(errors, '');
  });

  test('an older Node starts the packaged one with its arguments and exit code', () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`;
    const { status, stderr } = spawnSync(process.execPath, ['--import', old, BIN, 'nonsense'], {
      encoding: 'utf8',
    });
    assert.equal(status, 2);
    assert.match(stderr, /unknown command 'nonsense'/);
  });

  test('an older Node without the packaged one prints one clear line', () => {
    const bare = join(folder, 'bare', 'bin', 'lean-ops.mjs');
    cpSync(BIN, bare);
    const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', old, bare, 'status'], {
      encoding: 'utf8',
    });
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^NODE_UNSUPPORTED: this is Node\.js 20\.1\.0.*npm ci.*\n$/);
  });
});
