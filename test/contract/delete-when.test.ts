import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractText, describe, errorsOf, ORDER_ID, oneColumn } from './sample.ts';

test('deleteWhen is refused, not ignored: rows would stay that the author believes deleted', () => {
  const entry = '{ property: deleteWhen, value: "deleted = true" }';
  const places = [
    contractText(ORDER_ID, `  - ${entry}`),
    oneColumn(['logicalType: string', `customProperties: [${entry}]`]),
  ];
  for (const yaml of places) {
    const errors = errorsOf(yaml);
    assert.match(describe(errors), /deleteWhen is not supported yet/);
    assert.ok(errors.some(({ remedy }) => /lean-ops forget/.test(remedy)));
  }
});
