import type { PlanStep } from '../../sql/render.ts';
import type { Session } from '../engine/session.ts';

/** Materialises the steps in their order. `before` is called before each and may throw to stop. */
export async function runSteps(
  session: Session,
  steps: readonly PlanStep[],
  before: (step: PlanStep) => void = () => undefined,
): Promise<void> {
  for (const step of steps) {
    before(step);
    await session.table(step.name, step.sql);
  }
}
