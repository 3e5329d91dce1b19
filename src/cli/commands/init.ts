import { resolve } from 'node:path';
import { initWorkspace } from '../../embedded/workspace/init.ts';
import type { CommandSpec } from '../command/command.ts';
import { optionalArgument } from '../command/read-call.ts';
import { shownPath } from '../terminal/shown-path.ts';

export const command: CommandSpec = {
  name: 'init',
  summary: 'create a workspace with a sample topic',
  arguments: [
    {
      name: 'DIR',
      summary: 'a new or empty folder (default: the current folder)',
      required: false,
      completes: 'folder',
    },
  ],
  options: [],
  examples: [
    {
      line: 'lean-ops init shop && cd shop && lean-ops run',
      does: 'Creates a workspace and runs its sample.',
    },
  ],
  answers: false,
  async run(call, { cwd, terminal }) {
    const { root, files } = await initWorkspace(resolve(cwd, optionalArgument(call, 'DIR') ?? '.'));
    const where = shownPath(cwd, root);
    const next = where === '.' ? 'lean-ops run' : `cd ${where} && lean-ops run`;
    return {
      exit: 0,
      json: { workspace: root, files },
      lines: [
        `${terminal.paint('green', 'created')} workspace ${root}`,
        ...files.map((file) => `  ${file}`),
        '',
        `Next: ${next}`,
      ],
    };
  },
};
