import { ERRORS, type ErrorSpec, type Stage } from '../../errors/taxonomy.ts';

const INTRODUCTION = `<!-- Made by \`npm run docs\` from src/errors/taxonomy.ts; edit that. -->
# Errors

Every failure has a code. Its class says why it arises: \`data\` and \`setup\` errors are never retried, \`transient\` ones
are, a \`bug\` is ours. Its fate says what becomes of the thing that failed.
`;

const STAGES: Readonly<Record<Stage, string>> = {
  contract: 'Contracts',
  ingest: 'Ingest: on the way into RAW',
  semantic: 'Semantic: from RAW into the table',
  storage: 'Storage: tables and files',
  state: 'State: catalog, checkpoints, leases',
  setup: 'Machine, workspace, command line',
};

/** docs/errors.md. */
export function errorsPage(): string {
  const stages = Object.keys(STAGES) as Stage[];
  return [INTRODUCTION, ...stages.map(section)].join('\n');
}

function section(stage: Stage): string {
  const entries: readonly [string, ErrorSpec][] = Object.entries(ERRORS);
  const rows = entries
    .filter(([, spec]) => spec.stage === stage)
    .map(
      ([code, spec]) =>
        `| \`${code}\` | ${spec.class} | ${spec.fate} | ${spec.severity} | ${cell(spec.meaning)} | ${cell(spec.remedy)} |`,
    );
  return [
    `## ${STAGES[stage]}\n`,
    '| code | class | fate | severity | meaning | what to do |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
