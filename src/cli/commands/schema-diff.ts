import { type ContractChange, classifyChange } from '../../contract/change.ts';
import type { Topic } from '../../contract/model.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import type { RegisteredContract } from '../../state/registry.ts';
import { type CommandSpec, TOPIC } from '../command/command.ts';
import { optionalArgument, textArgument, usage } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { table } from '../terminal/table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { instant, moment } from '../terminal/words.ts';
import { changeJson, changeLines } from '../views/contract-verdict-view.ts';

/** One side of the comparison. A file has neither version nor date. */
interface Side {
  readonly topic: Topic;
  readonly registered: RegisteredContract | null;
}

export const command: CommandSpec = {
  name: 'schema diff',
  summary: 'show what changes between two versions of a contract',
  details:
    'Compares the meaning of the contracts, not their text. Without FROM and TO it compares the latest registered version with the file. It also lists the registered versions.',
  arguments: [
    TOPIC,
    { name: 'FROM', summary: 'a registered version (default: the latest)', required: false },
    { name: 'TO', summary: 'a registered version (default: the file)', required: false },
  ],
  options: [],
  examples: [
    { line: 'lean-ops schema diff orders', does: 'Shows what the file changes compared with the registry.' },
    { line: 'lean-ops schema diff orders 1 3', does: 'Shows what changed from version 1 to version 3.' },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const name = textArgument(call, 'TOPIC');
      const versions = await workspace.store.contractVersions(name);
      const from = await sideOf(workspace, name, versions, optionalArgument(call, 'FROM') ?? 'latest');
      const to = await sideOf(workspace, name, versions, optionalArgument(call, 'TO') ?? 'file');
      const changes = classifyChange(from.topic, to.topic);
      return {
        exit: 0,
        json: {
          topic: name,
          from: sideJson(from),
          to: sideJson(to),
          changes: changes.map(changeJson),
          versions: versions.map(versionJson),
        },
        lines: linesOf(versions, from, to, changes, context.terminal.paint),
      };
    }),
};

async function sideOf(
  workspace: Workspace,
  name: string,
  versions: readonly RegisteredContract[],
  asked: string,
): Promise<Side> {
  if (asked === 'file') return { topic: (await workspace.contract(name)).topic, registered: null };
  if (asked !== 'latest' && !/^[1-9]\d{0,8}$/.test(asked))
    throw usage(`${JSON.stringify(asked)} is not a version. Expected a whole number of 1 or more`);
  const found =
    asked === 'latest' ? versions.at(-1) : versions.find(({ version }) => version === Number(asked));
  if (found !== undefined) return { topic: registeredTopic(found), registered: found };
  if (versions.length === 0) await workspace.contract(name);
  throw new LeanOpsError('NOT_FOUND', {
    operation: `comparing versions of ${name}`,
    detail:
      versions.length === 0
        ? `${name} has no registered version yet`
        : `version ${asked} does not exist. Registered versions: 1 to ${versions.length}`,
    remedy:
      versions.length === 0
        ? `Run \`lean-ops schema register ${name}\`. The first semantic batch registers the file too.`
        : `Run \`lean-ops schema diff ${name}\` to list them.`,
  });
}

function versionJson({ version, hash, registeredAt }: RegisteredContract) {
  return { version, hash, registered_at: instant(registeredAt) };
}

function sideJson({ topic, registered }: Side) {
  return registered === null
    ? { version: null, hash: topic.hash, registered_at: null }
    : versionJson(registered);
}

function sideText({ registered }: Side): string {
  return registered === null ? 'the file' : `version ${registered.version}`;
}

/** Enough to distinguish versions. The JSON has the whole hash. */
const HASH_DIGITS = 12;

function linesOf(
  versions: readonly RegisteredContract[],
  from: Side,
  to: Side,
  changes: readonly ContractChange[],
  paint: Paint,
): readonly string[] {
  const rows = versions.map(({ version, hash, registeredAt }) => {
    return [version, moment(registeredAt), hash.slice(0, HASH_DIGITS)];
  });
  const title = `from ${sideText(from)} to ${sideText(to)}`;
  return [
    ...table(['version', 'registered', 'hash'], rows),
    '',
    ...(changes.length === 0 ? [`${title}: no change`] : [`${title}:`, ...changeLines(changes, paint)]),
  ];
}
