#!/usr/bin/env node
// Parses on Node 18 and later: an older Node must reach the line that says what to do.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (major(process.versions.node) >= OLDEST_NODE) await runHere();
else runUnder(packagedNode());

/** Node refuses to strip types below node_modules, so what is packed is compiled; a checkout runs its sources. */
async function runHere() {
  module.enableCompileCache();
  quietSqliteWarning();
  const source = join(root, 'src', 'cli', 'main.ts');
  const entry = existsSync(source) ? source : join(root, 'dist', 'cli', 'main.js');
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv.slice(2));
}

/** node:sqlite is experimental in Node 24; the version is pinned, so its warning tells a user nothing. */
function quietSqliteWarning() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (!text.startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
  };
}

/** The Node that the npm package `node` brought along; null where it is absent or too old. */
function packagedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return major(version) >= OLDEST_NODE && existsSync(binary) ? binary : null;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

/** @param {string | null} node */
function runUnder(node) {
  if (node === null) return refuse();
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(
      `NODE_UNSUPPORTED: the Node.js of this package does not start (${error.message}); run \`npm ci\` again.\n`,
    );
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + constants.signals[signal];
  });
}

function refuse() {
  process.stderr.write(
    `NODE_UNSUPPORTED: this is Node.js ${process.versions.node}, Lean-Ops needs ${OLDEST_NODE} or later; ` +
      'run `npm ci` in the checkout, which brings the right one, or install it.\n',
  );
  process.exitCode = 2;
}

/** @param {string} version */
function major(version) {
  return Number.parseInt(version, 10);
}
