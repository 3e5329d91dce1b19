import type { Workspace } from '../../engine/workspace/workspace.ts';
import type { CommandSpec } from '../command.ts';
import { table } from '../table.ts';
import { moment } from '../words.ts';
import { withWorkspace } from '../workspace.ts';

interface TopicRow {
  readonly topic: string;
  readonly contract: 'ok' | 'invalid' | 'missing';
  readonly contract_version: string | null;
  readonly registered_version: number | null;
  readonly registered_at: string | null;
  readonly columns: number | null;
  readonly key: readonly string[];
}

export const command: CommandSpec = {
  name: 'topic list',
  summary: 'list the topics with their contracts',
  arguments: [],
  options: [],
  examples: [{ line: 'lean-ops topic list', does: 'Shows every topic, its key and its registered version.' }],
  answers: true,
  async run(_call, context) {
    const rows = await withWorkspace(context, readTopics);
    const head = ['topic', 'contract', 'version', 'registered', 'since', 'columns', 'key'];
    const cells = rows.map((row) => [
      row.topic,
      row.contract,
      row.contract_version,
      row.registered_version,
      row.registered_at,
      row.columns,
      row.key.join(', '),
    ]);
    return { exit: 0, json: rows.map((row) => ({ ...row })), lines: table(head, cells) };
  },
};

async function readTopics(workspace: Workspace): Promise<readonly TopicRow[]> {
  const registered = await workspace.store.registeredTopics();
  const files = await workspace.topicNames();
  const names = [...new Set([...files, ...registered.map(({ topic }) => topic)])].sort();
  const { readContracts } = await import('../../engine/workspace/contracts.ts');
  const loaded = await readContracts(workspace.paths);
  return names.map((topic) => {
    const found = loaded.topics.find((each) => each.topic === topic);
    const known = registered.find((each) => each.topic === topic);
    return {
      topic,
      contract: found !== undefined ? 'ok' : files.includes(topic) ? 'invalid' : 'missing',
      contract_version: found?.contractVersion ?? null,
      registered_version: known?.version ?? null,
      registered_at: known === undefined ? null : moment(known.registeredAt),
      columns: found?.columns.length ?? null,
      key: found?.key ?? [],
    };
  });
}
