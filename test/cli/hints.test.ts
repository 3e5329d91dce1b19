import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyFor } from '../../src/errors/remedy.ts';
import { ERRORS, type ErrorCode } from '../../src/errors/taxonomy.ts';
import { listFiles } from '../support/source-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NAMES = { topic: 'orders', id: '3f0c' };

/** Command lines between backticks, without what a pipe makes of their output, and those that a place completes. */
function commandsIn(text: string): readonly string[] {
  const lines = [
    ...text.matchAll(/\\?`lean-ops ([^`\\|]+)/g),
    ...text.matchAll(/commandLine\(['`]([^'`]+)['`]\)/g),
  ];
  return lines.map(([, line = '']) => line.trim());
}

/** null: it parses, or it only names a command. */
async function refusal(line: string): Promise<string | null> {
  if (Object.hasOwn(COMMANDS, line)) return null;
  try {
    await parseCommandLine(line.split(/\s+/), '1.2.3');
    return null;
  } catch (error) {
    if (!(error instanceof LeanOpsError)) throw error;
    return `${line}: ${error.details.detail}`;
  }
}

async function refusals(lines: readonly string[]): Promise<readonly string[]> {
  const all = await Promise.all([...new Set(lines)].map(refusal));
  return all.filter((each) => each !== null);
}

suite('hints', () => {
  test('every command in a remedy of the taxonomy parses', async () => {
    const texts = (Object.keys(ERRORS) as ErrorCode[]).flatMap((code) => [
      remedyFor(code, 'embedded', NAMES),
      remedyFor(code, 'aws', NAMES),
    ]);
    const lines = texts.flatMap(commandsIn);
    assert.ok(lines.length > 20);
    assert.deepEqual(await refusals(lines), []);
  });

  test('every command between backticks in the sources parses', async () => {
    const texts = [...listFiles(ROOT, 'src'), ...listFiles(ROOT, 'lambda')]
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(ROOT, path), 'utf8'));
    // What a template fills in: a switch or a place adds nothing, a name stands for a topic.
    const filled = texts.map((text) => text.replaceAll(/\$\{target\}|\$\{TARGET\[place\]\}/g, ''));
    const lines = filled
      .flatMap(commandsIn)
      .filter((line) => !/^(\$\{(name|look)\}|COMMAND)/.test(line))
      .map((line) => line.replaceAll(/\$\{[^}]+\}|\{\w+\}/g, 'orders'));
    assert.ok(lines.length > 50);
    assert.deepEqual(await refusals(lines), []);
  });
});
