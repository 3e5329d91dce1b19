import { LeanOpsError } from '../../errors/error.ts';
import { remedyFor } from '../../errors/remedy.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { cell } from './table-cell.ts';

const BEGIN = '<!-- generated: codes -->';
const END = '<!-- end of generated: codes -->';

/** docs/aws.md with its table of error codes as the taxonomy has them. Throws INTERNAL if the page lacks the markers. */
export function withAwsCodes(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    const detail = `docs/aws.md lacks ${BEGIN} … ${END}`;
    throw new LeanOpsError('INTERNAL', { operation: 'writing the documentation', detail });
  }
  return `${page.slice(0, begin)}${BEGIN}\n${table()}\n${page.slice(end)}`;
}

function table(): string {
  const codes = (Object.keys(ERRORS) as ErrorCode[]).sort();
  const rows = codes.flatMap((code) => {
    const { shownOnAws, meaning } = ERRORS[code];
    if (shownOnAws === undefined) return [];
    return [`| \`${code}\` | ${shownOnAws} | ${cell(meaning)} | ${cell(remedyFor(code, 'aws'))} |`];
  });
  return ['| code | where it shows | meaning | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
