import { join } from 'node:path';
import { makeHandler } from './make-handler.ts';

/** lambda/build.ts puts the contracts beside the code, so that both change in one deployment. */
export const handler = makeHandler(process.env, join(import.meta.dirname, 'contracts'));
