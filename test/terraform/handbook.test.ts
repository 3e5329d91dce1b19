import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ERRORS, type ErrorCode } from '../../src/errors/taxonomy.ts';
import { ROOT } from './terraform.ts';

const HANDBOOK = readFileSync(join(ROOT, 'docs', 'aws.md'), 'utf8');
/** Folders of the code that runs on AWS. Codes that only other code raises need no entry. */
const ON_AWS = ['src/aws', 'src/state/dynamodb', 'lambda', 'modules/semantic'];

function sourcesIn(folder: string): readonly string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|py|json)$/.test(file))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

suite('docs/aws.md', () => {
  const rows = /### By error code([\s\S]*?)\n\*\*Pause/.exec(HANDBOOK)?.[1] ?? '';
  const told = [...rows.matchAll(/^\| (.+?) \|/gm)].flatMap(([, first = '']) =>
    [...first.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code),
  );

  test('every code of the runbook is in the taxonomy, and appears once', () => {
    assert.deepEqual(
      told.filter((code) => !isCode(code)),
      [],
    );
    assert.deepEqual(told, [...new Set(told)]);
  });

  test('every code that stops or delays something on AWS is in the runbook', () => {
    const raised = new Set(
      ON_AWS.flatMap(sourcesIn).flatMap((text) =>
        [...text.matchAll(/\b[A-Z]+(?:_[A-Z]+)*\b/g)].map(([code]) => code),
      ),
    );
    const missing = [...raised]
      .filter(isCode)
      .filter((code) => ERRORS[code].fate === 'halt' || ERRORS[code].fate === 'retry')
      // A command was called with wrong arguments. It reports that itself, and nothing on AWS stops.
      .filter((code) => code !== 'USAGE' && code !== 'INTERRUPTED')
      .filter((code) => !told.includes(code));
    assert.deepEqual(missing, []);
  });

  test('every alarm is explained', () => {
    const text = readFileSync(join(ROOT, 'modules', 'quality', 'alarms.tf'), 'utf8');
    const keys = [
      ...[...text.matchAll(/^ {6}"\$\{topic\}-([a-z-]+)" = \{/gm)].map(([, key]) => `<topic>-${key}`),
      ...[...text.matchAll(/^ {4}([a-z-]+)\s+= \{$/gm)].map(([, key]) => key ?? ''),
      ...[
        'machine-executionsfailed',
        'machine-silent',
        '<table>-throttled',
        '<function>-errors',
        '<group>-targeterrorcount',
      ],
    ];
    assert.ok(keys.length >= 14);
    assert.deepEqual(
      keys.filter((key) => !HANDBOOK.includes(`\`${key}\``)),
      [],
    );
  });

  test('every link has a target', () => {
    const links = [...HANDBOOK.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
    assert.deepEqual(
      links.filter((link) => !existsSync(join(ROOT, 'docs', link))),
      [],
    );
  });
});
