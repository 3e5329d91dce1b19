import { formatPath } from '../../contract/path.ts';
import { type Acceptance, acceptDrift, writeEdit } from '../../embedded/contracts/drift-edit.ts';
import { type CommandSpec, TOPIC } from '../command/command.ts';
import { switchOption, textArgument, textOption } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { addedLines, editLines } from '../views/contract-edit-view.ts';

const MASKINGS = ['none', 'hash', 'redact', 'partial', 'null'] as const;

export const command: CommandSpec = {
  name: 'drift accept',
  summary: 'add an unknown path to the contract as an optional property',
  details:
    'Infers the type from all of RAW. If the values disagree, name the type with --type. A path that looks personal is masked. The comments and layout of the file stay. The next batch registers the contract. Older rows are NULL in the new column until a rebuild.',
  arguments: [
    TOPIC,
    { name: 'PATH', summary: 'an UNKNOWN_PATH as `lean-ops drift` shows it', required: true },
  ],
  options: [
    {
      flag: '--type',
      value: 'TYPE',
      summary:
        'the type, if not the inferred one: string, integer, number, decimal(p,s), boolean, date, timestamp, epoch-s, epoch-ms, object, array',
    },
    {
      flag: '--masking',
      value: 'WAY',
      summary: 'the masking, if not the proposed one',
      completes: MASKINGS,
    },
    { flag: '--dry-run', summary: 'show the change without writing it' },
  ],
  examples: [
    {
      line: 'lean-ops drift accept orders customer.nickname',
      does: 'Adds the property and shows the new lines.',
    },
    {
      line: "lean-ops drift accept orders discount --type 'decimal(10,2)' --dry-run",
      does: 'Shows the change without writing it.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topic = textArgument(call, 'TOPIC');
      const dryRun = switchOption(call, 'dry-run');
      const accepted = await acceptDrift(workspace, topic, textArgument(call, 'PATH'), {
        type: textOption(call, 'type'),
        masking: MASKINGS.find((way) => way === textOption(call, 'masking')) ?? null,
        signal: context.signal,
      });
      if (!dryRun) await writeEdit(workspace, topic, accepted.edit);
      const { paint } = context.terminal;
      return {
        exit: 0,
        json: { topic, written: !dryRun, ...acceptanceJson(accepted) },
        lines: [
          ...editLines(accepted.edit, context.cwd, paint),
          ...guesses(accepted).map((text) => `${paint('yellow', 'guessed')}  ${text}`),
          dryRun ? 'Nothing was written.' : `Then: lean-ops schema check ${topic}`,
        ],
      };
    }),
};

function acceptanceJson({ edit, property, inferred }: Acceptance) {
  const { type, masking } = property;
  return {
    path: formatPath(property.path),
    file: edit.file,
    ...addedLines(edit),
    logical_type: type.logicalType,
    physical_type: type.physicalType,
    masking,
    because: inferred.reason,
    personal: inferred.personal,
  };
}

function guesses({ property, inferred }: Acceptance): readonly string[] {
  if (inferred.personal === null) return [];
  const masked = property.masking === null ? 'it is not masked' : `it is masked by ${property.masking}`;
  return [`personal data (${inferred.personal}): ${masked}; --masking chooses`];
}
