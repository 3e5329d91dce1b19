import { resolve } from 'node:path';
import { backupWorkspace } from '../../embedded/workspace/backup.ts';
import type { CommandSpec } from '../command/command.ts';
import { switchOption, textArgument } from '../command/read-call.ts';
import { counted } from '../terminal/words.ts';
import { withWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'backup',
  summary: 'copy the workspace as it is at one instant',
  details:
    'Runs may go on meanwhile. The copy is verified, and holds the masking key and unmasked payloads: keep it as safe as the workspace. Restored to another place, `lean-ops doctor --relocate` makes it work there.',
  arguments: [{ name: 'DIR', summary: 'a new or empty folder', required: true, completes: 'folder' }],
  options: [
    { flag: '--link', summary: 'share unchanging table files instead of copying them, on the same disk' },
  ],
  examples: [
    { line: 'lean-ops backup /mnt/safe/shop-2024-02-29', does: 'Makes a copy that is a workspace itself.' },
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
        lines: [`copied ${counted(files, 'file')} to ${root}, ${verified} held against their checksums`],
      };
    }),
};
