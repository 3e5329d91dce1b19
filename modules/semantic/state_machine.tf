resource "aws_cloudwatch_log_group" "machine" {
  # checkov:skip=CKV_AWS_338:how long logs are kept is the user's choice (log_retention_days)
  # Names under /aws/vendedlogs/ do not use up the account's resource policy for log deliveries.
  name              = "/aws/vendedlogs/states/${local.machine_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_sfn_state_machine" "semantic" {
  name     = local.machine_name
  role_arn = aws_iam_role.machine.arn

  definition = templatefile("${path.module}/state_machine.asl.json", {
    prefix              = var.prefix
    water_balance_arn   = var.water_balance_arn
    glue_job_name       = aws_glue_job.semantic.name
    alerts_topic_arn    = var.alerts_topic_arn
    artifacts_bucket    = var.buckets["artifacts"].name
    lease_seconds       = var.lease_seconds
    job_timeout_minutes = var.job_timeout_minutes
  })

  # Encrypted with AWS's own key: with a customer's key, events of a status change lack the execution's input, and cleanup.tf
  # would not know whose lease to release.
  # Inputs and outputs hold topic names, ids and counts, but no payload.
  logging_configuration {
    level                  = "ALL"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.machine.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.machine]
}
