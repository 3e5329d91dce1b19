import { writeSync } from 'node:fs';
import reporter from '../reporter.mjs';

/**
 * The project's reporter, but the process ends with the first test that fails: one failure shows that the tests notice
 * a change.
 * @param {AsyncIterable<{type: string, data: any}>} source
 */
export default async function* firstFailure(source) {
  for await (const text of reporter(untilFailure(source))) writeSync(process.stdout.fd, text);
  if (process.exitCode !== undefined) process.exit();
  yield '';
}

async function* untilFailure(source) {
  for await (const event of source) {
    yield event;
    if (event.type === 'test:fail') return;
  }
}
