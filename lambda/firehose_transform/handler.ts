import { deployedRuntime } from '../runtime.ts';
import { makeHandler } from './make-handler.ts';

export const handler = makeHandler(deployedRuntime());
