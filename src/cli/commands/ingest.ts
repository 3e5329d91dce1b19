import type { IngestResult } from '../../embedded/ingest/result.ts';
import { duration } from '../../quality/duration.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, type Context, TOPIC } from '../command/command.ts';
import { optionalArgument, switchOption, textArgument } from '../command/read-call.ts';
import { withAlerts } from '../jobs/alerts-after-work.ts';
import { ingestJson, ingestWithProgress, STANDARD_INPUT } from '../jobs/ingest-with-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { count, counted } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'ingest',
  summary: 'ingest messages into RAW, one JSON object per line',
  details:
    'Reads plain text, gzip and zstd. An interrupted file resumes after its last commit. A file that was ingested before is not ingested again. Standard input cannot resume: send again what was not committed.',
  arguments: [
    TOPIC,
    {
      name: 'FILE',
      summary: 'the file, or - for standard input (the default)',
      required: false,
      completes: 'file',
    },
  ],
  options: [{ flag: '--again', summary: 'ingest a file again that was ingested before, or that changed' }],
  examples: [
    {
      line: 'lean-ops ingest orders orders.ndjson.gz',
      does: 'Ingests a file. After a crash, run it again to resume.',
    },
    { line: 'tail -n 1000 app.log | lean-ops ingest events', does: 'Ingests standard input.' },
  ],
  answers: false,
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const [topic = ''] = await chosenTopics(workspace, [textArgument(call, 'TOPIC')]);
        const source = optionalArgument(call, 'FILE') ?? STANDARD_INPUT;
        const again = switchOption(call, 'again');
        const task = { topic, source, base: context.cwd, again };
        const result = await withAlerts(workspace, context, { topic, kind: 'ingest' }, () =>
          ingestWithProgress(workspace, engine, task, context),
        );
        return { exit: 0, json: ingestJson(result), lines: linesOf(result, context) };
      }),
    ),
};

function linesOf(result: IngestResult, { terminal: { paint } }: Context): readonly string[] {
  if (result.result === 'already-taken') {
    return [`${result.source} was ingested before and has nothing new. Use --again to ingest it again.`];
  }
  const codes = Object.entries(result.byError).map(([code, number]) => `  ${code} ${count(number)}`);
  return [
    `${counted(result.received, 'message')} received in ${duration(result.seconds * 1_000)}: ${count(result.raw)} into RAW, ${paint(result.deadLettered === 0 ? 'green' : 'yellow', counted(result.deadLettered, 'dead letter'))}`,
    ...codes,
  ];
}
