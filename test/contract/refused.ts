import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, errorsOf, markedLine, oneColumn } from './sample.ts';

/**
 * A property, second in its contract, with exactly one problem: on the line marked `# !` (unmarked: that of its name),
 * at this path from the property on, with this text.
 */
export function refused(name: string, path: string, text: RegExp, lines: string): void {
  test(`refused: ${name}`, () => {
    const yaml = oneColumn(lines.trim().split('\n'));
    const errors = errorsOf(yaml);
    assert.equal(errors.length, 1, describe(errors));
    const [found] = errors;
    assert.match(describe(errors), text);
    assert.equal(found?.path, `schema[0].properties[1]${path}`);
    assert.equal(found?.file, 'topics/orders.odcs.yaml');
    const line = markedLine(yaml) || yaml.split('\n').indexOf('      - name: it') + 1;
    assert.equal(found?.line, line);
    assert.notEqual(found?.remedy, '');
  });
}
