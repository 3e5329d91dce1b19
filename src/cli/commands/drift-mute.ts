import { muteDrift, unmuteDrift, writeEdit } from '../../embedded/contracts/drift-edit.ts';
import { type CommandSpec, TOPIC } from '../command/command.ts';
import { switchOption, textArgument, textOption } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { addedLines, editLines, removalLines, removedLines } from '../views/contract-edit-view.ts';

export const command: CommandSpec = {
  name: 'drift mute',
  summary: 'stop reporting drift for a path',
  details:
    'Adds the path to the contract (custom property driftMuted). Lean-Ops still counts it: `lean-ops drift --all` shows it. --undo reports it again.',
  arguments: [TOPIC, { name: 'PATH', summary: 'a path as `lean-ops drift` shows it', required: true }],
  options: [
    { flag: '--kind', value: 'KIND', summary: 'only this kind of drift (default: every kind)' },
    { flag: '--undo', summary: 'report the path again' },
  ],
  examples: [
    { line: 'lean-ops drift mute orders notes --kind MISSING_PATH', does: 'Notes may be absent.' },
    {
      line: 'lean-ops drift mute orders schema_version',
      does: 'Messages have version numbers of their own.',
    },
    { line: 'lean-ops drift mute orders notes --undo', does: 'Reports missing notes again.' },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topic = textArgument(call, 'TOPIC');
      const muted = { path: textArgument(call, 'PATH'), kind: textOption(call, 'kind') };
      if (switchOption(call, 'undo')) {
        const edit = await unmuteDrift(workspace, topic, muted);
        await writeEdit(workspace, topic, edit);
        return {
          exit: 0,
          json: { topic, ...muted, file: edit.file, ...removedLines(edit) },
          lines: removalLines(edit, context.cwd, context.terminal.paint),
        };
      }
      const edit = await muteDrift(workspace, topic, muted, context.signal);
      await writeEdit(workspace, topic, edit);
      return {
        exit: 0,
        json: { topic, ...muted, file: edit.file, ...addedLines(edit) },
        lines: editLines(edit, context.cwd, context.terminal.paint),
      };
    }),
};
