import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type BatchCounts, NO_COUNTS } from '../../src/semantic/fates.ts';
import * as labels from '../../src/semantic/snapshot-labels.ts';
import { listFiles } from '../support/source-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COUNTS = Object.keys(NO_COUNTS) as (keyof BatchCounts)[];

/** Every label by the name that the job on Spark uses for it. */
const BY_NAME = new Map<string, string>([
  ...Object.entries(labels).flatMap(([name, label]): [string, string][] =>
    typeof label === 'string' && name !== 'LABEL_PREFIX' ? [[name.toLowerCase(), label]] : [],
  ),
  ...COUNTS.map((count): [string, string] => [snakeCase(count), labels.countLabel(count)]),
]);

suite('labels in the summaries of snapshots', () => {
  test('a count is labelled by its name in lower case with hyphens', () => {
    assert.deepEqual(COUNTS.map(labels.countLabel), [
      'lean-ops.raw-rows',
      'lean-ops.inserted',
      'lean-ops.updated',
      'lean-ops.duplicate',
      'lean-ops.superseded',
      'lean-ops.stale',
      'lean-ops.rejected',
    ]);
  });

  test('each label starts with the prefix, and no two are equal', () => {
    const all = [...BY_NAME.values()];
    assert.deepEqual(
      all.filter((label) => !label.startsWith(labels.LABEL_PREFIX)),
      [],
    );
    assert.equal(new Set(all).size, all.length);
  });

  test("the job's table of labels on Spark agrees with this one", () => {
    const job = readFileSync(join(ROOT, 'modules/semantic/semantic_job.py'), 'utf8');
    const table = /^LABELS = \{\n([\s\S]*?)^\}/m.exec(job)?.[1] ?? '';
    const entries = [...table.matchAll(/^ {4}"(\w+)": "([\w.-]+)",\n/gm)].map(([, name, label]) => [
      name,
      label,
    ]);
    assert.equal(entries.length, table.split('\n').length - 1, 'each line is one entry');
    assert.ok(entries.length > COUNTS.length);
    assert.deepEqual(
      entries,
      entries.map(([name]) => [name, BY_NAME.get(name ?? '')]),
    );
    for (const count of COUNTS) assert.ok(entries.some(([name]) => name === snakeCase(count)));
  });

  test('Python names a label in that table only', () => {
    const places = listFiles(ROOT, 'modules')
      .filter((path) => path.endsWith('.py'))
      .flatMap((path) =>
        readFileSync(join(ROOT, path), 'utf8')
          .split('\n')
          .filter(
            (line) => /\blean-ops\.[a-z{]/.test(line) && !/^ {4}"\w+": "lean-ops\.[a-z-]+",$/.test(line),
          )
          .map((line) => `${path}: ${line.trim()}`),
      );
    assert.deepEqual(places, []);
  });
});

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
