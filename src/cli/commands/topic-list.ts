import { readContracts } from '../../contract/contract-folder.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { CommandSpec } from '../command/command.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { table } from '../terminal/table.ts';
import { instant } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'topic list',
  summary: 'list the topics with their contracts',
  arguments: [],
  options: [],
  examples: [{ line: 'lean-ops topic list', does: 'Shows every topic, its key and its registered version.' }],
  answers: true,
  async run(_call, context) {
    const rows = await withWorkspace(context, readTopics);
    const head = ['topic', 'contract', 'version', 'registered', 'since', 'columns', 'key', 'status'];
    const cells = rows.map((row) => [
      row.topic,
      row.contract,
      row.contract_version,
      row.registered_version,
      row.registered_at,
      row.columns,
      row.key.join(', '),
      row.status,
    ]);
    return { exit: 0, json: rows, lines: table(head, cells) };
  },
};

/** Topics with a contract file, registered topics, or both. A registered topic stays in the list if its file is gone. */
async function readTopics(workspace: Workspace) {
  const registered = await workspace.store.registeredTopics();
  const halted = new Set(
    (await workspace.store.checkpoints()).filter(({ halt }) => halt !== null).map(({ topic }) => topic),
  );
  const files = await workspace.topicNames();
  const { topics } = await readContracts(workspace.paths.topics, workspace.paths.root);
  const names = [...new Set([...files, ...registered.map(({ topic }) => topic)])].sort();
  return names.map((name) => {
    const found = topics.find(({ topic }) => topic === name);
    const known = registered.find(({ topic }) => topic === name);
    return {
      topic: name,
      contract: found !== undefined ? 'ok' : files.includes(name) ? 'invalid' : 'missing',
      contract_version: found?.contractVersion ?? null,
      registered_version: known?.version ?? null,
      registered_at: known === undefined ? null : instant(known.registeredAt),
      columns: found?.columns.length ?? null,
      key: found?.key ?? [],
      status: halted.has(name) ? 'halted' : (known?.status ?? 'active'),
    };
  });
}
