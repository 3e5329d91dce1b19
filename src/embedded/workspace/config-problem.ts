import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What a setting must be, by the names that zod gives to types. */
const TYPES: Readonly<Record<string, string>> = {
  object: 'a list of settings',
  record: 'a list of topics',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
};

/** What is wrong with a setting of lean-ops.yaml, in words for its author. */
export function configProblem(issue: Issue): string {
  return `expected ${expectedOf(issue)}`;
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(String).join(' or ');
    case 'too_small':
      return issue.origin === 'string' ? 'a text that is not empty' : `${issue.minimum} or more`;
    case 'too_big':
      return `${issue.maximum} or less`;
    case 'invalid_union':
      return [...new Set(issue.errors.flatMap((errors) => errors.slice(0, 1).map(expectedOf)))].join(' or ');
    case 'invalid_format':
      if (issue.format === 'url') return 'an address that begins with https:// or http://';
      return withoutExpected(issue.message);
    default:
      return withoutExpected(issue.message);
  }
}

/** Messages of the shape itself begin with the word that `configProblem` writes. */
function withoutExpected(message: string): string {
  return message.replace(/^expected /, '');
}
