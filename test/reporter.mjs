/**
 * Reports which tests failed and why, then one line `N passed, N failed`. A skipped test proves nothing, so it counts
 * as failed.
 * @param {AsyncIterable<{type: string, data: any}>} source
 */
export default async function* reporter(source) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of source) {
    if (type === 'test:stderr') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const held = data.skip !== undefined || data.todo !== undefined;
    if (type === 'test:fail' && !failedByItself(data)) continue; // Its subtests are reported.
    if (type === 'test:pass' && isSuite(data)) continue;
    if (type === 'test:pass' && !held) {
      passed++;
      continue;
    }
    failed++;
    yield type === 'test:pass' ? `SKIPPED  ${place(data)}\n` : failure(data);
  }
  yield `\n${passed} passed, ${failed} failed\n`;
  if (failed > 0) process.exitCode = 1;
}

/** A file runs as a test around the tests in it. */
function isSuite(data) {
  return data.details?.type === 'suite' || (data.file !== undefined && data.name === data.file);
}

function failedByItself(data) {
  return data.details?.error?.failureType !== 'subtestsFailed';
}

function place(data) {
  const file = data.file === undefined ? '' : data.file.replace(`${process.cwd()}/`, '');
  return `${data.name}${file === '' ? '' : `  (${file}:${data.line ?? 1})`}`;
}

function failure(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  const text = cause instanceof Error || typeof cause === 'object' ? (cause?.stack ?? cause?.message) : cause;
  const indented = String(text ?? 'no reason given').replaceAll('\n', '\n    ');
  return `\nFAILED   ${place(data)}\n    ${indented}\n`;
}
