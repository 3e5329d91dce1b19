import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMANDS, loadAllCommands } from '../../src/cli/commands.ts';
import { commandName, parseCommandLine } from '../../src/cli/parse.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { remedyOf } from '../../src/errors/remedy.ts';

async function call(...argv: string[]) {
  const parsed = await parseCommandLine(argv, '1.2.3');
  assert.equal(parsed.kind, 'call');
  return parsed;
}

async function text(...argv: string[]): Promise<string> {
  const parsed = await parseCommandLine(argv, '1.2.3');
  assert.equal(parsed.kind, 'text');
  return parsed.text;
}

async function refusal(...argv: string[]): Promise<LeanOpsError> {
  try {
    await parseCommandLine(argv, '1.2.3');
  } catch (error) {
    assert.ok(error instanceof LeanOpsError);
    assert.equal(error.code, 'USAGE');
    return error;
  }
  return assert.fail(`accepted: ${argv.join(' ')}`);
}

suite('command line', () => {
  test('each command is filed under its own name, with an example of its own', async () => {
    const commands = await loadAllCommands();
    assert.deepEqual(
      commands.map(({ name }) => name),
      Object.keys(COMMANDS),
    );
    for (const { name, summary, examples, arguments: given } of commands) {
      assert.ok(examples.length > 0 && examples.some(({ line }) => line.includes(`lean-ops ${name}`)), name);
      assert.match(summary, /^[a-z].*[^.]$/, name);
      assert.ok(
        given.slice(0, -1).every(({ variadic }) => variadic === undefined),
        name,
      );
    }
  });

  test('every example is understood', async () => {
    for (const { examples } of await loadAllCommands()) {
      for (const { line } of examples) {
        for (const part of line
          .split(/ && | \| (?=lean)|<\(|\)$| > /)
          .filter((one) => one.startsWith('lean-ops '))) {
          await call(...words(part).slice(1));
        }
      }
    }
  });

  test('arguments, options and the global ones in any place', async () => {
    const {
      command,
      call: given,
      globals,
    } = await call('--workspace', 'w', 'dlq', 'list', 'a', '--json', 'b', '--code', 'X', '--quiet');
    assert.equal(command.name, 'dlq list');
    assert.deepEqual(given.arguments, { TOPIC: ['a', 'b'] });
    assert.deepEqual(given.options, { code: 'X' });
    assert.deepEqual(globals, { workspace: 'w', json: true, quiet: true, aws: null });
  });

  test('the name is found without knowing the options', () => {
    assert.equal(commandName(['--json', '--workspace', 'status', 'run', '--x']), 'run');
    assert.equal(commandName(['topic', 'list']), 'topic list');
    assert.equal(commandName(['--workspace=status', 'topic', 'add']), 'topic add');
    assert.equal(commandName(['query', 'status']), 'query');
    assert.equal(commandName(['toString']), null);
    assert.equal(commandName(['dlq']), null);
    assert.equal(commandName([]), null);
  });

  test('help of the whole, of a group and of a command', async () => {
    assert.match(await text('--help'), /Usage: lean-ops[\s\S]*run[\s\S]*Exit codes/);
    assert.match(await text('help'), /Usage: lean-ops/);
    assert.match(await text('status', '--help'), /Usage: lean-ops status[\s\S]*--workspace[\s\S]*Examples/);
    assert.match(await text('help', 'query'), /Usage: lean-ops query/);
    assert.match(await text('dlq', '--help'), /list[\s\S]*show/);
    assert.equal(await text('--version'), '1.2.3\n');
  });

  test('what is not understood is refused, with what was perhaps meant', async () => {
    assert.match((await refusal('stats')).details.detail, /Did you mean status\?/);
    assert.match((await refusal('status', '--jsn')).details.detail, /Did you mean --json\?/);
    assert.match((await refusal('query')).details.detail, /SQL/);
    assert.match((await refusal('dlq')).details.detail, /dlq needs the name of one of its commands/);
    assert.match((await refusal('help', 'nope')).details.detail, /there is no command nope/);
    for (const argv of [['dlq'], ['dlq', 'nope'], ['topic', '--json'], ['schema', 'x']]) {
      const remedy = remedyOf(await refusal(...argv), 'embedded');
      assert.equal(remedy, `See \`lean-ops ${argv[0]} --help\`.`);
    }
    assert.match((await refusal('init', 'a', 'b')).details.detail, /too many arguments/);
    assert.match((await refusal('topic', 'add', 'x')).details.detail, /--from/);
    const wrong = await refusal('completion', 'tcsh', '--nope');
    assert.match(remedyOf(wrong, 'embedded'), /lean-ops completion --help/);
  });
});

/** Splits as a shell does, with single quotes only. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
