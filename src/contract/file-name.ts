import { join } from 'node:path';

/** A contract's file is named `<topic>.odcs.yaml`. */
export const CONTRACT_SUFFIX = '.odcs.yaml';

/** The path of a topic's contract in the contract folder. */
export function contractFile(folder: string, topic: string): string {
  return join(folder, `${topic}${CONTRACT_SUFFIX}`);
}
