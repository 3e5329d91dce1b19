/** The prefix of the bodies of a topic's dead letters, one object each: an s3:// URI without a slash at the end. */
export function deadLetterFolder(bucket: string, topic: string): string {
  return `s3://${bucket}/dead-letters/${topic}`;
}
