import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { SHELLS } from '../../src/cli/command/completion.ts';
import { GLOBAL_OPTIONS } from '../../src/cli/command/global-options.ts';
import { loadAllCommands } from '../../src/cli/commands.ts';

/** What bash offers for the last of the words. */
function offered(script: string, ...line: string[]): string[] {
  const set = `COMP_WORDS=(${line.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${line.length - 1}`;
  const code = `${script}\n${set}\n_lean_ops\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', code], { encoding: 'utf8' }).trim().split('\n');
}

suite('completion', () => {
  test('bash completes commands, subcommands, options and choices', async () => {
    const script = SHELLS.bash(await loadAllCommands(), GLOBAL_OPTIONS);
    assert.deepEqual(offered(script, 'lean-ops', 'st'), ['status']);
    assert.deepEqual(offered(script, 'lean-ops', 'dlq', ''), ['list', 'show', 'replay', 'discard']);
    assert.deepEqual(offered(script, 'lean-ops', 'dlq', 'list', '--st'), ['--status']);
    assert.deepEqual(offered(script, 'lean-ops', 'dlq', 'list', '--status', 're'), ['replayed']);
    assert.deepEqual(offered(script, 'lean-ops', 'completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(offered(script, 'lean-ops', 'query', '--li'), ['--limit']);
  });

  test('each script names every command, and bash can parse its script', async () => {
    const commands = await loadAllCommands();
    for (const [shell, make] of Object.entries(SHELLS)) {
      const script = make(commands, GLOBAL_OPTIONS);
      for (const { name } of commands)
        for (const word of name.split(' ')) assert.ok(script.includes(word), `${shell} ${name}`);
    }
    execFileSync('bash', ['-n'], { input: SHELLS.bash(commands, GLOBAL_OPTIONS) });
  });
});
