import { type Amendment, jsonAnswer } from './proxy.ts';

/** What becomes of one invocation: 'throttled': Lambda takes it not; 'lost': it runs, and nobody hears the answer. */
export type Fault = 'throttled' | 'lost' | { readonly errorType: string };

/** A handler as Lambda calls it. */
export type LambdaHandler = (event: unknown) => Promise<unknown>;

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations/;

/** Functions that run in this process, under the names that are asked for; `faults` meets an invocation before it runs. */
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
