# The place of the masking key. Its value is put there by hand (docs/aws.md), so that no state file ever holds it.

resource "aws_secretsmanager_secret" "masking_key" {
  # checkov:skip=CKV2_AWS_57:rotation would unmask nothing but break every join; a new key is a rebuild (docs/aws.md)
  name                    = "${var.prefix}/masking-key"
  description             = "Key of the hash masking; the same format as a workspace's secrets/masking.key"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.deletion_protection ? 30 : 7
}
