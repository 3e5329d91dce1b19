output "kms_key_arn" {
  description = "ARN of the KMS key that encrypts everything."
  value       = aws_kms_key.this.arn
}

output "buckets" {
  description = "Name and ARN of each bucket, by its content: warehouse, dead-letters, artifacts, firehose-errors."
  value       = { for key, bucket in aws_s3_bucket.this : key => { name = bucket.id, arn = bucket.arn } }

  # Nothing may be written before the buckets are encrypted, private and TLS-only.
  depends_on = [
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "table_arns" {
  description = "ARN of each state table, by its short name."
  value       = { for key, table in aws_dynamodb_table.this : key => table.arn }
}

output "databases" {
  description = "Names of the Glue databases, by namespace: raw, semantic."
  value       = { for key, database in aws_glue_catalog_database.this : key => database.name }
}

output "alerts_topic_arn" {
  description = "ARN of the SNS topic for alarms and alerts."
  value       = aws_sns_topic.alerts.arn
}

output "masking_secret" {
  description = "Name and ARN of the secret that holds the masking key."
  value       = { name = aws_secretsmanager_secret.masking_key.name, arn = aws_secretsmanager_secret.masking_key.arn }
}
