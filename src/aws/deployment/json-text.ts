import { z } from 'zod';

/** JSON as text, parsed. Its issue quotes nothing of the text, which may contain values of messages. */
export const JSON_TEXT = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'it is not JSON' });
    return z.NEVER;
  }
});
