output "kms_key_arn" {
  description = "The one key."
  value       = aws_kms_key.this.arn
}

output "buckets" {
  description = "Name and ARN by what it holds: warehouse, dead-letters, artifacts, firehose-errors."
  value       = { for key, bucket in aws_s3_bucket.this : key => { name = bucket.id, arn = bucket.arn } }

  # Nothing is written before it is encrypted, private and TLS-only.
  depends_on = [
    aws_s3_bucket_policy.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_versioning.this,
  ]
}

output "table_arns" {
  description = "ARN by the state table's short name."
  value       = { for key, table in aws_dynamodb_table.this : key => table.arn }
}

output "databases" {
  description = "Glue databases: raw, semantic."
  value       = { for key, database in aws_glue_catalog_database.this : key => database.name }
}

output "alerts_topic_arn" {
  description = "Where alarms and functions send alerts."
  value       = aws_sns_topic.alerts.arn
}

output "masking_secret" {
  description = "Name and ARN of the secret that holds the masking key."
  value       = { name = aws_secretsmanager_secret.masking_key.name, arn = aws_secretsmanager_secret.masking_key.arn }
}
