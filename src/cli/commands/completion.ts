import type { CommandSpec } from '../command/command.ts';
import { SHELLS, type Shell } from '../command/completion.ts';
import { GLOBAL_OPTIONS } from '../command/global-options.ts';
import { textArgument, usage } from '../command/read-call.ts';

export const command: CommandSpec = {
  name: 'completion',
  summary: 'print the completion script of a shell',
  arguments: [
    { name: 'SHELL', summary: 'bash, zsh or fish', required: true, completes: ['bash', 'zsh', 'fish'] },
  ],
  options: [],
  examples: [
    {
      line: 'source <(lean-ops completion bash)',
      does: 'Completes in this shell. Add the line to ~/.bashrc to keep it.',
    },
    {
      line: 'lean-ops completion fish > ~/.config/fish/completions/lean-ops.fish',
      does: 'Installs the completion for fish.',
    },
  ],
  answers: true,
  async run(call, { loadCommands }) {
    const shell = textArgument(call, 'SHELL');
    if (!isShell(shell)) throw usage(`unknown shell ${JSON.stringify(shell)}. Expected bash, zsh or fish`);
    const script = SHELLS[shell](await loadCommands(), GLOBAL_OPTIONS);
    return { exit: 0, json: { shell, script }, lines: [script] };
  },
};

function isShell(text: string): text is Shell {
  return Object.hasOwn(SHELLS, text);
}
