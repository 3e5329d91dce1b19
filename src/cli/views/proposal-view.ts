import type { ProposalReport, ReportedColumn } from '../../contract/proposal-report.ts';
import type { SampleResult } from '../../embedded/ingest/sample-file.ts';
import type { Json } from '../command/command.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { counted } from '../terminal/words.ts';

/** A proposed contract, for --json. */
export function proposalJson({ envelope, key, publishTime, columns }: ProposalReport): {
  readonly [key: string]: Json;
} {
  return {
    envelope,
    key,
    publish_time: publishTime,
    columns: columns.map((each) => ({
      column: each.column,
      path: each.path,
      logical_type: each.logicalType,
      physical_type: each.physicalType,
      sure: each.sure,
      because: each.because,
      filled: each.filled,
      masking: each.masking,
      personal: each.personal,
      key_candidate: each.keyCandidate,
      few_values: each.fewValues,
    })),
  };
}

/** One line per column, marked as certain or guessed. */
export function proposalLines(report: ProposalReport, samples: number, paint: Paint): readonly string[] {
  const rows = report.columns.map((each): Cell[] => [
    each.column,
    each.physicalType ?? each.logicalType,
    each.sure ? paint('green', 'sure') : paint('yellow', 'guessed'),
    each.because,
    notes(each, report, samples).join('; '),
  ]);
  return [
    ...table(['column', 'type', '', 'because', 'notes'], rows),
    `envelope ${report.envelope} · key ${report.key ?? 'none found'} · publish time ${report.publishTime ?? 'none found'}`,
  ];
}

function notes(each: ReportedColumn, report: ProposalReport, samples: number): readonly string[] {
  return [
    ...(each.column === report.key ? ['the key'] : each.keyCandidate ? ['could be the key'] : []),
    ...(each.personal === null ? [] : [`personal (${each.personal}): masked by ${each.masking}`]),
    ...(each.fewValues === null ? [] : [`only ${counted(each.fewValues, 'different value')}`]),
    ...(each.filled === samples ? [] : [`in ${each.filled} of ${samples}`]),
  ];
}

/** `3 lines were skipped: 2 MALFORMED_JSON, 1 NOT_UTF8`. */
export function skippedLine({ skipped }: SampleResult): readonly string[] {
  const faults = Object.entries(skipped);
  const total = faults.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const words = faults.map(([fault, count]) => `${count} ${fault}`).join(', ');
  return [`${counted(total, 'line')} of the sample ${total === 1 ? 'was' : 'were'} skipped: ${words}`];
}
