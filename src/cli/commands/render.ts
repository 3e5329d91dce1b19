import { planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { renderPlan } from '../../sql/render.ts';
import type { CommandSpec } from '../command.ts';
import { textArgument, textOption, usage } from '../read-call.ts';
import { withWorkspace } from '../workspace.ts';

/** A later engine is one more entry. */
const DIALECTS = { duckdb: DUCKDB } as const;

export const command: CommandSpec = {
  name: 'render',
  summary: "print the SQL of a topic's semantic job",
  details: 'The text holds no value of any message and no key. Its steps are relations, made in this order.',
  arguments: [{ name: 'TOPIC', summary: 'the topic', required: true, completes: 'topic' }],
  options: [{ flag: '--engine', value: 'NAME', summary: 'duckdb (default)', completes: ['duckdb'] }],
  examples: [{ line: 'lean-ops render orders', does: 'Prints what DuckDB runs for orders.' }],
  answers: true,
  async run(call, context) {
    const engine = textOption(call, 'engine') ?? 'duckdb';
    if (engine !== 'duckdb') throw usage(`there is no engine ${JSON.stringify(engine)}; expected duckdb`);
    const contract = await withWorkspace(context, (workspace) =>
      workspace.contract(textArgument(call, 'TOPIC')),
    );
    const { steps, upserts, removals, errors, drift, counts } = renderPlan(
      planOf(contract.topic),
      DIALECTS[engine],
    );
    const results = { upserts, ...(removals === null ? {} : { removals }), errors, drift, counts };
    return {
      exit: 0,
      json: {
        topic: contract.topic.topic,
        engine,
        steps: steps.map(({ name, sql }) => ({ name, sql })),
        results,
      },
      lines: [
        ...steps.flatMap(({ name, sql }) => [`-- step ${name}`, `${sql};`, '']),
        ...Object.entries(results).flatMap(([name, sql]) => [`-- result ${name}`, `${sql};`, '']),
      ],
    };
  },
};
