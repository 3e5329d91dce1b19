import { LeanOpsError } from '../../errors/error.ts';
import { type CheckResult, judgeRule, type Measured } from '../../quality/rule-results.ts';
import type { Plan } from '../../semantic/plan.ts';
import type { RenderedPlan } from '../../sql/render.ts';
import type { Engine } from '../engine/engine.ts';

/**
 * Measures the plan's table rules on a batch whose steps have run. A rule that cannot be measured is unknown, because no
 * rule blocks data.
 */
export async function measureTableRules(
  engine: Engine,
  { rules }: Plan,
  { checks }: RenderedPlan,
): Promise<readonly CheckResult[]> {
  if (checks === null) return [];
  const figures = await measure(engine, checks);
  return rules.map((rule, index) =>
    judgeRule(
      rule,
      'unknown' in figures ? figures : (figures.byRule.get(index) ?? { unknown: 'it was not measured' }),
    ),
  );
}

async function measure(
  engine: Engine,
  sql: string,
): Promise<{ readonly byRule: ReadonlyMap<number, Measured> } | { readonly unknown: string }> {
  try {
    const rows = await engine.rows(sql);
    const entry = ({ rule_id, measured, row_count }: (typeof rows)[number]) =>
      [Number(rule_id), { measured: Number(measured), rows: Number(row_count) }] as const;
    return { byRule: new Map(rows.map(entry)) };
  } catch (error) {
    if (!(error instanceof LeanOpsError) || error.code === 'INTERRUPTED') throw error;
    return { unknown: error.message };
  }
}
