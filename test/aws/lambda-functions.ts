import type { Context } from 'aws-lambda';
import { lambdaContext } from './lambda-context.ts';
import { type Amendment, jsonAnswer } from './proxy.ts';

/** What becomes of one invocation: 'throttled': Lambda refuses it; 'lost': it runs, and its answer is lost. */
export type Fault = 'throttled' | 'lost' | { readonly errorType: string };

/** A function, called with an event. */
export type LambdaHandler = (event: unknown) => Promise<unknown>;

/** A handler as Lambda calls it: each call has a context of its own. */
export function withContext(handler: (event: unknown, context: Context) => Promise<unknown>): LambdaHandler {
  return (event) => handler(event, lambdaContext());
}

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

/** Functions that run in this process, by their names. `faults` decides about an invocation before it runs. */
export function lambdaFunctions(
  handlers: ReadonlyMap<string, LambdaHandler>,
  faults: (name: string, event: unknown) => Fault | null,
): Amendment {
  return async ({ method, path, body }) => {
    const asked = INVOKE.exec(path)?.[1];
    if (method !== 'POST' || asked === undefined) return null;
    const name = decodeURIComponent(asked).split(':').at(-1) ?? '';
    const handler = handlers.get(name);
    if (handler === undefined) return refusal(404, 'ResourceNotFoundException', name);
    const event: unknown = JSON.parse(body.toString('utf8'));
    const fault = faults(name, event);
    if (fault === 'throttled') return refusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
    if (typeof fault === 'object' && fault !== null) return failed(fault.errorType, 'by the test');
    try {
      const answer = await handler(event);
      if (fault === 'lost') return refusal(500, 'ServiceException', 'the answer was lost');
      return jsonAnswer(200, answer);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return failed(error.name, error.message);
    }
  };
}

function failed(errorType: string, errorMessage: string) {
  return jsonAnswer(200, { errorType, errorMessage, trace: [] }, { 'x-amz-function-error': 'Unhandled' });
}

function refusal(status: number, type: string, message: string) {
  return jsonAnswer(status, { Type: 'User', message, Message: message }, { 'x-amzn-errortype': type });
}
