import { fewValues, leaves, type Proposal, proposeMasking } from './infer.ts';
import { formatPath } from './path.ts';

/** The proposal for one column, and how sure it is. Contains no value of the samples. */
export interface ReportedColumn {
  readonly column: string;
  readonly path: string;
  readonly logicalType: string;
  readonly physicalType: string | null;
  /** All values have this type. */
  readonly sure: boolean;
  /** Why this type. */
  readonly because: string;
  /** The number of samples in which it had a value. */
  readonly filled: number;
  readonly masking: 'hash' | 'null' | null;
  /** Why it is considered personal data. null if nothing suggests it. */
  readonly personal: string | null;
  /** It could be the key: it has a different value in every sample. */
  readonly keyCandidate: boolean;
  /** The number of different texts, if few enough to be a closed list. null: more, or no texts. */
  readonly fewValues: number | null;
}

export interface ProposalReport {
  readonly envelope: string;
  readonly key: string | null;
  readonly publishTime: string | null;
  readonly columns: readonly ReportedColumn[];
}

/** The proposal's columns, for people and for --json. */
export function reportOf(proposal: Proposal): ProposalReport {
  return {
    envelope: proposal.envelope.kind,
    key: proposal.key?.column ?? null,
    publishTime: proposal.publishTime?.column ?? null,
    columns: proposal.fields.flatMap(leaves).map((field) => ({
      column: field.column ?? '',
      path: formatPath(field.path),
      logicalType: field.type.logicalType,
      physicalType: field.type.physicalType,
      sure: field.type.sure,
      because: field.type.reason,
      filled: field.filled,
      masking: proposeMasking(field),
      personal: field.personal,
      keyCandidate: proposal.keyCandidates.includes(field),
      fewValues: fewValues(field),
    })),
  };
}
