import { faultsFrom } from '../../embedded/faults.ts';
import { type Found, forget } from '../../embedded/forget/forget.ts';
import type { Erasure } from '../../state/erasure.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, type Outcome, TOPIC } from '../command/command.ts';
import { confirmed, YES_OPTION } from '../command/confirm.ts';
import { textArgument, textOption } from '../command/read-call.ts';
import { alertAfter } from '../jobs/alerts-after-work.ts';
import { withSemanticOptions } from '../jobs/semantic-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { table } from '../terminal/table.ts';
import { counted, moment } from '../terminal/words.ts';
import { erasureJson } from '../views/erasure-view.ts';

export const command: CommandSpec = {
  name: 'forget',
  summary: 'erase a key from every table, dead letter, snapshot and file of a topic',
  details:
    'Pending rows are processed first, then the key is erased, together with every older snapshot of the tables. Backups and source files are not touched. If the key still exists in a source file, ingesting that file again restores it. The receipt is kept and contains no personal data. Run the same command again to finish an interrupted erasure. Without --key it lists the receipts. Exits with 1 if no row or dead letter has the key.',
  arguments: [TOPIC],
  options: [
    {
      flag: '--key',
      value: 'KEY',
      summary: 'the business key, plain or as the tables show it; use a JSON array for composite keys',
    },
    {
      flag: '--letters',
      value: 'IDS',
      summary:
        'ids of dead letters that belong to this key although it cannot be read in them, separated by commas',
    },
    YES_OPTION,
  ],
  examples: [
    { line: 'lean-ops forget orders --key ORD-000301', does: 'Shows what was found, asks, and erases it.' },
    {
      line: 'lean-ops forget visits --key \'["a@example.org", "2026-01-02"]\' --yes --json',
      does: 'Erases a composite key and prints the receipt.',
    },
    { line: 'lean-ops forget orders', does: 'Lists the receipts.' },
  ],
  answers: true,
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const [topic = ''] = await stateTopics(workspace, [textArgument(call, 'TOPIC')]);
        const key = textOption(call, 'key');
        if (key === null) return receipts(await workspace.store.erasures(topic));
        const letterIds = (textOption(call, 'letters') ?? '').split(',').filter((id) => id !== '');
        const result = await withSemanticOptions(context, engine, (options) =>
          forget(workspace, topic, key, {
            ...options,
            faults: faultsFrom(context.env),
            letterIds,
            confirm: (found) => confirmed(call, context, `${foundLine(found)}. Erase it for good?`),
          }),
        );
        if (result.kind === 'erased') {
          await alertAfter(workspace, context, { topics: [topic], drift: [], work: [] });
          return receipt(result.erasure);
        }
        const { found } = result;
        return {
          exit: result.kind === 'unknown' ? 1 : 0,
          json: { result: result.kind, receipt: null, unreadable_letters: found.unreadableLetters },
          lines:
            result.kind === 'unknown'
              ? [
                  `${topic}: no row or dead letter has this key`,
                  ...unreadableLines(topic, found.unreadableLetters),
                ]
              : ['nothing was erased'],
        };
      }),
    ),
};

function foundLine({ rawRows, semanticRows, errorRows, deadLetters }: Found): string {
  return [
    'Found in all kept files:',
    [
      counted(rawRows, 'RAW row'),
      counted(semanticRows, 'semantic row'),
      counted(errorRows, 'rejected row'),
      counted(deadLetters, 'dead letter'),
    ].join(', '),
  ].join(' ');
}

function receipt(erasure: Erasure): Outcome {
  const { topic, counts, keyHash, unreadableLetters } = erasure;
  return {
    exit: 0,
    json: { result: 'erased', receipt: erasureJson(erasure) },
    lines: [
      `erased from ${topic}: ${counted(counts.rawRows, 'RAW row')}, ${counted(counts.semanticRows, 'semantic row')}, ${counted(counts.errorRows, 'rejected row')}, ${counted(counts.deadLetters, 'dead letter')}`,
      `receipt ${keyHash}`,
      ...unreadableLines(topic, unreadableLetters.length),
      'Backups and source files were not touched.',
    ],
  };
}

function unreadableLines(topic: string, letters: number): readonly string[] {
  if (letters === 0) return [];
  return [
    `${counted(letters, 'dead letter')} could not be searched for the key. List them with \`lean-ops dlq list ${topic}\` and read each with \`lean-ops dlq show ID --reveal\`. To erase those that belong to the key, run this command again with --letters ID,…`,
  ];
}

function receipts(erasures: readonly Erasure[]): Outcome {
  const rows = erasures.map(({ begunAt, endedAt, keyHash, counts }) => [
    moment(begunAt),
    endedAt === null ? 'open: call again with the same key' : 'done',
    counts.rawRows,
    counts.semanticRows,
    counts.errorRows,
    counts.deadLetters,
    keyHash,
  ]);
  const head = ['begun', 'state', 'RAW', 'semantic', 'rejected', 'dead letters', 'receipt'];
  return {
    exit: 0,
    json: { receipts: erasures.map(erasureJson) },
    lines: erasures.length === 0 ? ['no keys have been erased'] : table(head, rows),
  };
}
