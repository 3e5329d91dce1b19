import { sparkPlan } from '../../aws/spark/plan.ts';
import type { Topic } from '../../contract/model.ts';
import { planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import { renderPlan } from '../../sql/render.ts';
import { type CommandSpec, TOPIC } from '../command/command.ts';
import { textArgument, textOption, usage } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';

interface Rendered {
  readonly steps: readonly { readonly name: string; readonly sql: string }[];
  /** What is done with the steps, by name; null: this engine or topic lacks the statement. */
  readonly results: Readonly<Record<string, string | null>>;
  /** Further parts of the engine's document. */
  readonly more?: object;
}

const ENGINES: Readonly<Record<string, (topic: Topic) => Rendered>> = {
  duckdb(topic) {
    const { steps, upserts, removals, errors, drift, counts, checks } = renderPlan(planOf(topic), DUCKDB);
    return { steps, results: { upserts, removals, errors, drift, counts, checks } };
  },
  spark(topic) {
    const plan = sparkPlan(topic, { catalog: 'lean_ops', database: (namespace) => namespace });
    const { tables, steps, upserts, merge, errors, drift, counts, checks } = plan;
    const made = [tables.semantic, tables.errors, tables.drift].map(({ create }) => create).join(';\n');
    return {
      steps,
      results: { tables: made, upserts, merge, errors, drift, counts, checks },
      more: { plan },
    };
  },
};
const NAMES = Object.keys(ENGINES);

export const command: CommandSpec = {
  name: 'render',
  summary: "print the SQL of a topic's semantic job",
  details:
    'The SQL contains neither values of messages nor keys. Its steps are relations, created in this order. For Spark it is what the job on AWS runs.',
  arguments: [TOPIC],
  options: [{ flag: '--engine', value: 'NAME', summary: 'duckdb (default) or spark', completes: [...NAMES] }],
  examples: [
    { line: 'lean-ops render orders', does: 'Prints what DuckDB runs for orders.' },
    { line: 'lean-ops render orders --engine spark', does: 'Prints what Spark runs for orders on AWS.' },
  ],
  answers: true,
  async run(call, context) {
    const engine = textOption(call, 'engine') ?? 'duckdb';
    const render = ENGINES[engine];
    if (render === undefined)
      throw usage(`unknown engine ${JSON.stringify(engine)}. Expected ${NAMES.join(' or ')}`);
    const { topic } = await withWorkspace(context, (workspace) =>
      workspace.contract(textArgument(call, 'TOPIC')),
    );
    const { steps, results: all, more = {} } = render(topic);
    const results = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
    return {
      exit: 0,
      json: {
        topic: topic.topic,
        engine,
        steps: steps.map(({ name, sql }) => ({ name, sql })),
        results: Object.fromEntries(results),
        ...more,
      },
      lines: [
        ...steps.flatMap(({ name, sql }) => [`-- step ${name}`, `${sql};`, '']),
        ...results.flatMap(([name, sql]) => [`-- result ${name}`, `${sql};`, '']),
      ],
    };
  },
};
