import type { StateStore } from '../../state/port.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** What deciding on a batch needs: a workspace has it, and so has the home on AWS. */
export interface Home extends Pick<Workspace, 'clock' | 'contract' | 'maskingKey'> {
  readonly store: StateStore;
  /** Where the masking key is kept, to tell people. */
  readonly paths: { readonly maskingKey: string };
}
