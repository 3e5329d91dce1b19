import { invariant } from '../../src/errors/error.ts';

/** The interpreter with Spark, PyIceberg and moto that `.ci/run` prepares. */
export function python(): string {
  const path = process.env.LEAN_OPS_PYTHON;
  invariant(path !== undefined, 'LEAN_OPS_PYTHON names a Python; .ci/run makes one');
  return path;
}
