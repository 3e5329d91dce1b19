import { relative } from 'node:path';
import { readContracts } from '../../contract/contract-folder.ts';
import type { Problem } from '../../contract/model.ts';
import { parseConfig } from '../../embedded/workspace/config.ts';
import { workspacePaths } from '../../embedded/workspace/paths.ts';
import type { CommandSpec } from '../command/command.ts';
import { readConfigText, strayContracts } from '../place/workspace-files.ts';
import type { Paint } from '../terminal/terminal.ts';
import { counted } from '../terminal/words.ts';

export const command: CommandSpec = {
  name: 'validate',
  summary: 'check lean-ops.yaml and every contract',
  details: 'Reports all problems at once, each with file, line, path and remedy. Changes nothing.',
  arguments: [],
  options: [],
  examples: [{ line: 'lean-ops validate', does: 'Checks the workspace. Exits with 2 if there is an error.' }],
  answers: true,
  async run(_call, { workspace, cwd, terminal }) {
    const configFile = relative(cwd, workspacePaths(workspace).config);
    const config = parseConfig(configFile, await readConfigText(workspace));
    const contracts = await readContracts(workspacePaths(workspace).topics, cwd);
    const strays = (await strayContracts(workspace)).map((name) => stray(name));
    const problems = [...(config.ok ? [] : config.problems), ...contracts.problems];
    const warnings = [
      ...unknownInputs(
        config,
        contracts.topics.map(({ topic }) => topic),
        configFile,
      ),
      ...strays,
      ...contracts.warnings,
    ];
    const topics = contracts.topics.map(({ topic }) => topic);
    const verdict =
      problems.length > 0
        ? terminal.paint('red', counted(problems.length, 'problem'))
        : terminal.paint('green', `${counted(topics.length, 'contract')} valid`);
    return {
      exit: problems.length > 0 ? 2 : 0,
      json: {
        ok: problems.length === 0,
        topics,
        problems: problems.map(asJson),
        warnings: warnings.map(asJson),
      },
      lines: [...[...problems, ...warnings].flatMap((each) => linesOf(each, terminal.paint)), verdict],
    };
  },
};

function unknownInputs(
  config: ReturnType<typeof parseConfig>,
  topics: readonly string[],
  file: string,
): readonly Problem[] {
  if (!config.ok) return [];
  return Object.keys(config.config.inputs)
    .filter((topic) => !topics.includes(topic))
    .map((topic) => ({
      file,
      line: 1,
      path: `inputs.${topic}`,
      problem: 'this topic has no valid contract',
      remedy: `Add topics/${topic}.odcs.yaml, or remove the input.`,
      severity: 'warning',
    }));
}

function stray(name: string): Problem {
  return {
    file: `topics/${name}`,
    line: 1,
    path: '',
    problem: 'the file is not read: its name does not end in .odcs.yaml',
    remedy: 'Rename it to <topic>.odcs.yaml, or move it out of the folder.',
    severity: 'warning',
  };
}

function asJson({ file, line, path, problem, remedy, severity }: Problem): Record<string, string | number> {
  return { file, line, path, problem, remedy, severity };
}

function linesOf(each: Problem, paint: Paint): readonly string[] {
  const colour = each.severity === 'error' ? 'red' : 'yellow';
  const place = each.path === '' ? '' : ` ${each.path}:`;
  return [
    `${paint(colour, each.severity)} ${each.file}:${each.line}${place} ${each.problem}`,
    `  ${each.remedy}`,
  ];
}
