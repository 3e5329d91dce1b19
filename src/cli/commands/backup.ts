import { resolve } from 'node:path';
import { backupWorkspace } from '../../embedded/workspace/backup.ts';
import type { CommandSpec } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { counted } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'backup',
  summary: 'copy the workspace as it is at one instant',
  details:
    'Other runs can continue in the meantime. The copy is verified. It contains the masking key and unmasked payloads, so protect it like the workspace. If you restore it to another folder, run `lean-ops doctor --relocate` there.',
  arguments: [{ name: 'DIR', summary: 'a new or empty folder', required: true, completes: 'folder' }],
  options: [{ flag: '--link', summary: 'hard-link table files instead of copying them (same disk only)' }],
  examples: [
    { line: 'lean-ops backup /mnt/safe/shop-2024-02-29', does: 'Creates a copy that is itself a workspace.' },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const target = resolve(context.cwd, textArgument(call, 'DIR'));
      const { root, files, verified } = await backupWorkspace(workspace, target, {
        link: switchOption(call, 'link'),
        signal: context.signal,
      });
      return {
        exit: 0,
        json: { backup: root, files, verified },
        lines: [`copied ${counted(files, 'file')} to ${root}, ${verified} verified by checksum`],
      };
    }),
};
