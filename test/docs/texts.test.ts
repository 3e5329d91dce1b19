import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, normalize } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { loadAllCommands } from '../../src/cli/commands.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { anchorsOf, commandsOf, isAmong, isPath, withFolders } from '../support/page-references.ts';
import { codeLines, codeSpans, type Page, proseOf, readPages, sentencesOf } from '../support/pages.ts';
import { listFiles } from '../support/source-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAX_WORDS = 40;
/** Words of earlier texts that readers did not understand, and their standard terms. */
const COINED: readonly (readonly [RegExp, string])[] = [
  [/\bhomes? on AWS\b|\bembedded home\b/i, 'AWS deployment, workspace'],
  [/\bwater(?:'s way| order)\b/i, 'dependency order'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\banew\b/i, 'again'],
  [/\bwhoever\b/i, 'the process that'],
  [/\b(?:tells?|told)\b/i, 'report, notify, show'],
  [/\btroubles?\b/i, 'problem, alert'],
  [/\bhears?\b|\byet to hear\b/i, 'get a notification'],
  [/(?<!there )\bis no (?!longer)[a-z]/i, 'is not a'],
  [/\bhouse rules?\b/i, 'rules'],
  [/\bin good order\b/i, 'cleanly'],
  [/\bknown for a copy\b/i, 'recognized as a duplicate'],
];
/** Names in code spans that look like paths and are none of this repository. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['dead-letters/<topic>/<id>', 'an object in the bucket'],
  ['outcomes/<topic>/<batch id>.json', 'an object in the bucket'],
  ['dist/lambda', 'made by npm run build:lambda'],
  ['secrets/webhook.key', 'written by the user'],
  ['repaired.json', 'written by the user'],
  ['data/earthquakes.json', 'in an npm package'],
  ['../shared/tools/terraform-aws-schema', 'lies beside the checkout'],
]);

const pages = readPages(ROOT);
/** Each finding as `page: what`, over all pages. */
const inPages = (find: (page: Page) => readonly string[]): readonly string[] =>
  pages.flatMap((page) => find(page).map((found) => `${page.path}: ${found}`));

suite('texts of the pages', () => {
  test('the pages are found', () => {
    const paths = pages.map(({ path }) => path);
    for (const path of ['README.md', 'CHANGELOG.md', 'docs/aws.md', 'docs/errors.md'])
      assert.ok(paths.includes(path), path);
  });

  test('no doubled punctuation', () => {
    const doubled = /(?<!\.)\.\.(?!\.)|[,;:!?][,;:!?.]|\.[,;:!?](?!\w)|\S+ [,;]/g;
    assert.deepEqual(
      inPages(({ text }) => proseOf(text).match(doubled) ?? []),
      [],
    );
  });

  test('no placeholder is left', () => {
    // In the page of commands, which is made from help, TOPIC names an argument.
    const left = ({ path, text }: Page): readonly string[] =>
      (proseOf(text).match(/\b(?:TODO|TBD|FIXME|TOPIC(?!\.odcs\.yaml))\b/g) ?? []).filter(
        (word) => word !== 'TOPIC' || path !== 'docs/commands.md',
      );
    assert.deepEqual(inPages(left), []);
  });

  test('no document outside of the repository is cited', () => {
    assert.deepEqual(
      inPages(({ text }) => text.match(/\b(?:DESIGN|STYLE|EXAMPLES)(?:\.md| \d+)/g) ?? []),
      [],
    );
  });

  test(`no sentence has more than ${MAX_WORDS} words`, () => {
    const long = pages.flatMap(sentencesOf).filter(({ words }) => words > MAX_WORDS);
    assert.deepEqual(
      long.map(({ place, words, start }) => `${place}: ${words} words: ${start} …`),
      [],
    );
  });

  test('no coined word comes back', () => {
    const found = inPages(({ text }) =>
      proseOf(text)
        .split('\n')
        .flatMap((line) =>
          COINED.flatMap(([word, better]) => {
            const hit = word.exec(line);
            return hit === null ? [] : [`${hit[0]} (${better}): ${line.trim()}`];
          }),
        ),
    );
    assert.deepEqual(found, []);
  });
});

suite('commands and links of the pages', () => {
  test('every command parses', async () => {
    const names = new Set((await loadAllCommands()).map(({ name }) => name));
    const lines = pages.flatMap(({ path, text }) => [
      ...codeLines(text).flatMap((line) => commandsOf(line).map((words) => ({ path, words }))),
      ...codeSpans(text)
        .flatMap(commandsOf)
        // A span may name a command without its arguments.
        .filter((words) => !names.has(words.join(' ')) && !words[0]?.startsWith('--'))
        .map((words) => ({ path, words })),
    ]);
    assert.ok(lines.length > 100, `${lines.length} commands`);
    const refused: string[] = [];
    for (const { path, words } of lines) {
      const refusal = await refusalOf(words);
      if (refusal !== null) refused.push(`${path}: lean-ops ${words.join(' ')}: ${refusal}`);
    }
    assert.deepEqual(refused, []);
  });

  test('every link leads to a page and a heading', () => {
    const broken = inPages(({ path, text }) =>
      [...text.matchAll(/\]\((?![a-z]+:)([^)#]*)(?:#([^)]*))?\)/g)]
        .filter(([, file = '', anchor]) => {
          const target = file === '' ? path : normalize(join(dirname(path), file));
          if (!existsSync(join(ROOT, target))) return true;
          return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), 'utf8')).has(anchor);
        })
        .map(([link]) => link),
    );
    assert.deepEqual(broken, []);
  });
});

suite('paths of the pages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
  const repository = withFolders(listFiles(ROOT, ''));
  let workspace: ReadonlySet<string> = new Set();

  before(() => {
    const bin = join(ROOT, 'bin', 'lean-ops.mjs');
    for (const argv of [
      ['init', folder],
      ['run', '--workspace', folder],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [bin, ...argv], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    }
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    workspace = withFolders(entries.map((path) => path.replaceAll('\\', '/')));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('every path exists in the repository or in a workspace', () => {
    const names = new Set([...repository].map((path) => basename(path)));
    const exists = (page: Page, path: string): boolean =>
      isAmong(repository, path) ||
      isAmong(repository, join(dirname(page.path), path)) ||
      isAmong(workspace, path) ||
      names.has(path);
    const missing = inPages((page) =>
      codeSpans(page.text)
        .map((span) => span.replace(/#\w+$/, ''))
        .filter(isPath)
        .filter((path) => !ELSEWHERE.has(path) && !exists(page, path)),
    );
    assert.deepEqual(missing, []);
  });
});

/** Why the command line refuses these words; null if it parses them. */
async function refusalOf(words: readonly string[]): Promise<string | null> {
  try {
    await parseCommandLine(words, '0');
    return null;
  } catch (error) {
    if (error instanceof LeanOpsError) return error.message;
    throw error;
  }
}
