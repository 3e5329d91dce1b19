import { muteDrift, writeEdit } from '../../engine/drift-edit.ts';
import type { CommandSpec } from '../command.ts';
import { addedLines, editLines } from '../contract-edit-view.ts';
import { textArgument, textOption } from '../read-call.ts';
import { withWorkspace } from '../workspace.ts';

export const command: CommandSpec = {
  name: 'drift mute',
  summary: 'hear no more of the drift of a path',
  details:
    'Writes it into the contract (custom property driftMuted). It is counted all the same: `lean-ops drift --all` shows it. To hear of it again, take the line out.',
  arguments: [
    { name: 'TOPIC', summary: 'whose contract', required: true, completes: 'topic' },
    { name: 'PATH', summary: 'a path as `lean-ops drift` shows it', required: true },
  ],
  options: [{ flag: '--kind', value: 'KIND', summary: 'only this kind of drift (default: every kind)' }],
  examples: [
    { line: 'lean-ops drift mute orders notes --kind MISSING_PATH', does: 'Notes may be absent.' },
    {
      line: 'lean-ops drift mute orders schema_version',
      does: 'Messages have version numbers of their own.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topic = textArgument(call, 'TOPIC');
      const muted = { path: textArgument(call, 'PATH'), kind: textOption(call, 'kind') };
      const edit = await muteDrift(workspace, topic, muted, context.signal);
      await writeEdit(workspace, topic, edit);
      return {
        exit: 0,
        json: { topic, ...muted, file: edit.file, ...addedLines(edit) },
        lines: editLines(edit, context.cwd, context.terminal.paint),
      };
    }),
};
