import type { QualityRule } from '../contract/model.ts';
import type { Plan } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { gateViolation } from './gates.ts';
import { winnerColumns } from './resolve.ts';

/**
 * The figures of the contract's table rules over the table as the batch leaves it: one row per rule (rule_id: its number
 * from 0, measured: rows that it counts, row_count: rows of the table). null if the contract has none.
 */
export function tableRulesSql(plan: Plan, dialect: Dialect): string | null {
  if (plan.rules.length === 0) return null;
  const counting = plan.rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => !isDuplicates(rule));
  const figures = counting.map(({ rule, index }) => `${counted(plan, dialect, rule)} AS _m${index}`);
  const each = plan.rules.map((rule, index) => {
    const measured = isDuplicates(rule) ? duplicates(dialect, rule) : `_m${index}`;
    return `SELECT ${index} AS rule_id, ${measured} AS measured, row_count FROM figures`;
  });
  return `WITH shown AS (${shownRows(plan, dialect)}),
figures AS (SELECT ${['count(*) AS row_count', ...figures].join(', ')} FROM shown)
${each.join('\nUNION ALL ')}`;
}

const isDuplicates = ({ metric }: QualityRule): boolean => metric === 'duplicateValues';

/** Rows of the table that the batch does not replace, and those that it writes, in the columns that the rules read. */
function shownRows(plan: Plan, dialect: Dialect): string {
  const names = [...new Set(plan.rules.flatMap(({ columns }) => columns))];
  const written = winnerColumns(plan, dialect, names);
  const key = plan.key.map((name, index) => `t.${dialect.identifier(name)} = i._key${index}`);
  const kept = names.map((name) => `t.${dialect.identifier(name)}`);
  const added = names.map((name, index) => `${written.columns[index]} AS ${dialect.identifier(name)}`);
  return `SELECT ${['1 AS _one', ...kept].join(', ')} FROM target t
  WHERE NOT EXISTS (SELECT 1 FROM incoming i JOIN verdicts v ON v._rid = i._rid AND v._fate = 'updated' WHERE ${key.join(' AND ')})
  UNION ALL SELECT ${['1 AS _one', ...added].join(', ')}
  FROM staged s JOIN verdicts v ON v._rid = s._rid AND v._fate IN ('inserted', 'updated') ${written.joins}`;
}

function counted(plan: Plan, dialect: Dialect, rule: QualityRule): string {
  if (rule.metric === 'rowCount') return 'count(*)';
  const [name = ''] = rule.columns;
  const value = dialect.identifier(name);
  const column = plan.columns.find((one) => one.name === name);
  const breaks = rule.gates.map((gate) => {
    return column === undefined ? 'false' : `(${gateViolation(dialect, gate, value, column.type).when})`;
  });
  const counts = [...(rule.metric === 'nullValues' || rule.nulls ? [`${value} IS NULL`] : []), ...breaks];
  return `count(CASE WHEN ${counts.join(' OR ')} THEN 1 END)`;
}

/** Rows after the first of each combination. A combination with a NULL has no duplicates. */
function duplicates(dialect: Dialect, { columns }: QualityRule): string {
  const names = columns.map(dialect.identifier);
  const filled = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const groups = `SELECT count(*) - 1 AS more FROM shown WHERE ${filled} GROUP BY ${names.join(', ')}`;
  return `(SELECT coalesce(CAST(sum(more) AS ${dialect.type({ kind: 'long' })}), 0) FROM (${groups}) g)`;
}
