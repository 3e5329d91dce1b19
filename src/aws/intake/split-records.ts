import { invariant } from '../../errors/error.ts';
import { MAX_RECORD_BYTES } from '../../raw/record.ts';

/** PutRecordBatch: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
export const MAX_REQUEST_RECORDS = 500;
/** "4 MB for the entire request", read as 4,000,000 bytes, the smaller of its two meanings. */
export const MAX_REQUEST_BYTES = 4_000_000;

/** Splits records into requests that are full, in order. Each record is within its own limit. */
export function splitRecords<T extends { readonly data: Uint8Array }>(
  records: readonly T[],
): readonly (readonly T[])[] {
  const requests: T[][] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.data.byteLength;
    invariant(size <= MAX_RECORD_BYTES, 'a record within the limit was received');
    const request = requests.at(-1);
    if (request !== undefined && request.length < MAX_REQUEST_RECORDS && bytes + size <= MAX_REQUEST_BYTES) {
      request.push(record);
      bytes += size;
    } else {
      requests.push([record]);
      bytes = size;
    }
  }
  return requests;
}
