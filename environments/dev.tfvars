region              = "eu-central-1"
account_id          = "123456789012"
environment         = "dev"
deletion_protection = false
alert_emails        = []

maximum_concurrency     = 2
firehose_buffer_seconds = 60
glue_concurrent_runs    = 3
log_retention_days      = 14
