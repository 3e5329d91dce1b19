# The masking key's secret. A person puts the value there (docs/aws.md), so no state file ever holds it.

resource "aws_secretsmanager_secret" "masking_key" {
  # checkov:skip=CKV2_AWS_57:rotation would break every join; a new key needs a rebuild (docs/aws.md)
  name                    = "${var.prefix}/masking-key"
  description             = "Key for masking by hash, in the format of a workspace's secrets/masking.key"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.deletion_protection ? 30 : 7
}
