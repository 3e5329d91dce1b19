import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { contractFile } from '../../contract/file-name.ts';
import { ContractInference, renderProposal } from '../../contract/infer.ts';
import { reportOf } from '../../contract/proposal-report.ts';
import { readSampleFile } from '../../embedded/ingest/sample-file.ts';
import { workspacePaths } from '../../embedded/workspace/paths.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { CommandSpec } from '../command/command.ts';
import { textArgument, textOption, usage } from '../command/read-call.ts';
import { readConfigText } from '../place/workspace-files.ts';
import { shownPath } from '../terminal/shown-path.ts';
import { counted } from '../terminal/words.ts';
import { proposalJson, proposalLines, skippedLine } from '../views/proposal-view.ts';

export const command: CommandSpec = {
  name: 'topic add',
  summary: 'propose a contract from sample messages',
  details:
    'Writes topics/TOPIC.odcs.yaml with the types, keys and personal data found in the sample. Comments mark what is certain and what is a guess. Reads the whole sample in bounded memory. Lines that are not messages are counted and skipped. Review the contract before you use it.',
  arguments: [{ name: 'TOPIC', summary: 'lower snake_case name of the new topic', required: true }],
  options: [
    {
      flag: '--from',
      value: 'SAMPLE',
      summary: 'file with one JSON message per line (plain, .gz, .zst)',
      required: true,
      completes: 'file',
    },
  ],
  examples: [
    { line: 'lean-ops topic add payments --from payments.ndjson', does: 'Writes topics/payments.odcs.yaml.' },
  ],
  answers: false,
  async run(call, { workspace, cwd, terminal, signal }) {
    const topic = textArgument(call, 'TOPIC');
    const sample = resolve(cwd, textOption(call, 'from') ?? '');
    await readConfigText(workspace);
    const inference = new ContractInference();
    const bar = await terminal.progress('reading', 'bytes');
    const read = await readSampleFile(sample, {
      onMessage: (message) => inference.add(message),
      onProgress: (done, total) => bar.update({ done, total, note: topic }),
      signal,
    }).finally(() => bar.stop());
    if (read.messages === 0)
      throw usage(
        [`${sample} has no JSON message. Expected one JSON object per line`, ...skippedLine(read)].join('; '),
      );
    const proposal = inference.propose(topic);
    const file = contractFile(workspacePaths(workspace).topics, topic);
    await writeNew(file, renderProposal(proposal));
    const report = reportOf(proposal);
    return {
      exit: 0,
      json: {
        topic,
        file,
        samples: read.messages,
        skipped: { ...read.skipped },
        ...proposalJson(report),
      },
      lines: [
        ...proposalLines(report, read.messages, terminal.paint),
        ...skippedLine(read),
        `${terminal.paint('green', 'wrote')} ${shownPath(cwd, file)} from ${counted(read.messages, 'message')}`,
        'Review it: guesses are marked. Next: lean-ops validate',
      ],
    };
  },
};

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
    throw new LeanOpsError('USAGE', {
      operation: 'writing the contract',
      detail: 'the topic already has a contract',
      file,
      remedy: 'Edit that file, or remove it first.',
      cause,
    });
  }
}
