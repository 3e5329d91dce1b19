import type { StateStore } from '../state/port.ts';
import type { Workspace } from './workspace/workspace.ts';

/** What deciding on a batch needs: a workspace has it, and so has the home on AWS. */
export interface Home extends Pick<Workspace, 'clock' | 'contract' | 'maskingKey'> {
  readonly store: StateStore;
  readonly paths: {
    /** Where the masking key is kept, to tell people. */
    readonly maskingKey: string;
    /** Where tables lie: a folder, or an s3:// URI; without a slash at the end. */
    readonly warehouse: string;
  };
}
