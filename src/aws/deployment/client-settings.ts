/** How this process reaches AWS. What is absent, the SDK finds in the environment. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  /** Of the AWS CLI's configuration files. */
  readonly profile?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** For an S3 endpoint without a host name for each bucket. */
  readonly forcePathStyle?: boolean;
}
