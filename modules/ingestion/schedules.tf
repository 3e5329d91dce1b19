resource "aws_scheduler_schedule_group" "this" {
  name = "${var.prefix}-ingestion"
}

# Makes dead letters with context of the messages that SQS itself moved to the central queue.
resource "aws_scheduler_schedule" "drain" {
  name                = "drain"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "rate(5 minutes)"
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function["sqs_processor"].arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ action = "drain" })

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 300
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}
