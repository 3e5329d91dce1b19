import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** The line with the duration differs in each run. */
const TIMED = /^time /;

interface Shown {
  readonly command: string;
  /** The lines of the answer that the README shows. */
  readonly lines: readonly string[];
}

/** The blocks of the tour: a command after `$ `, and its answer up to the next command. */
const TOUR = [...README.matchAll(/^```\n(\$ [\s\S]*?)\n```$/gm)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part): Shown => {
      const [command = '', ...lines] = part.split('\n');
      return { command, lines: lines.filter((line) => line !== '') };
    }),
);

/** Asserts that each shown line starts a line of the answer, in this order. A shown line may end in `…` for the rest. */
function assertShows(answer: string, lines: readonly string[]): void {
  const rest = answer.split('\n').values();
  for (const line of lines.filter((each) => !TIMED.test(each))) {
    const beginning = line.replace(/…$/, '').trimEnd();
    const found = rest.some((each) => each.startsWith(beginning));
    assert.ok(found, `the answer has no further line that starts with: ${beginning}\n${answer}`);
  }
}

/** Runs every command of the README's tour in a copy of the examples. */
suite('the tour of the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-'));
  const run = (command: string): string => {
    const argv = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const bin = join(ROOT, 'bin', 'lean-ops.mjs');
    const options = { cwd: ROOT, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bin, ...argv.slice(1), '--workspace', join(folder, 'workspace')],
      options,
    );
    assert.equal(status, 0, `${command}: ${stderr}`);
    return stdout;
  };

  before(() => {
    for (const part of ['messages', 'workspace/lean-ops.yaml', 'workspace/topics'])
      cpSync(join(ROOT, 'examples', part), join(folder, part), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  test('the README shows what the first and the second run print', () => {
    const [, table = ''] = /^```\n( +earthquakes {2}orders\n[\s\S]*?)\n```$/m.exec(README) ?? [];
    const lines = table.split('\n').filter((line) => line !== '' && !line.startsWith('tables'));
    assert.ok(lines.length > 10);
    assertShows(run('lean-ops run'), lines);
    const [, again = ''] = /A second run changes nothing: `([^`]*)`/.exec(README) ?? [];
    assert.ok(again !== '');
    assertShows(run('lean-ops run'), [again]);
  });

  test('every command of the tour prints what the README shows', () => {
    assert.ok(TOUR.length >= 4);
    for (const { command, lines } of TOUR) {
      assert.ok(lines.length > 0, command);
      if (!command.endsWith(' ID')) {
        assertShows(run(command), lines);
        continue;
      }
      const [, listing = ''] = /`(lean-ops dlq list [^`]*)` prints the ID/.exec(README) ?? [];
      const ids = run(listing).match(/^[0-9a-f]{32}/gm) ?? [];
      const shown = ids.map((id) => run(command.replace(/ID$/, id)));
      const [error = ''] = lines;
      assertShows(shown.find((answer) => answer.includes(error)) ?? shown.join('\n'), lines);
    }
  });
});
