region              = "eu-central-1"
account_id          = "123456789012"
environment         = "prod"
deletion_protection = true
alert_emails        = []

maximum_concurrency     = 50
firehose_buffer_seconds = 300
glue_concurrent_runs    = 20
log_retention_days      = 90
