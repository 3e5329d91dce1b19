import { AWS_MUTATIONS } from './aws.ts';
import { BASE_MUTATIONS } from './base.ts';
import { CONTRACT_MUTATIONS } from './contract.ts';
import type { MutationGroup } from './mutation.ts';
import { QUALITY_MUTATIONS } from './quality.ts';
import { RAW_MUTATIONS } from './raw.ts';
import { SEMANTIC_MUTATIONS } from './semantic.ts';
import { SQL_GATE_MUTATIONS } from './sql-gates.ts';
import { SQL_VERSION_MUTATIONS } from './sql-versions.ts';
import { STATE_MUTATIONS } from './state.ts';

/** All wrong changes that the tests must notice. */
export const MUTATION_GROUPS: readonly MutationGroup[] = [
  ...BASE_MUTATIONS,
  ...SQL_GATE_MUTATIONS,
  ...SQL_VERSION_MUTATIONS,
  ...SEMANTIC_MUTATIONS,
  ...CONTRACT_MUTATIONS,
  ...QUALITY_MUTATIONS,
  ...STATE_MUTATIONS,
  ...RAW_MUTATIONS,
  ...AWS_MUTATIONS,
];
