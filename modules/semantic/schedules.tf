resource "aws_scheduler_schedule_group" "this" {
  name = "${var.prefix}-semantic"
}

# The name is the topic alone: with the prefix it could pass the 64 characters that a schedule's name may have.
resource "aws_scheduler_schedule" "topic" {
  for_each = var.topics

  name                = each.key
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "rate(${var.schedule_minutes} minutes)"
  kms_key_arn         = var.kms_key_arn

  # Spreads the topics, so that they do not all ask for Glue in the same second.
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = max(1, floor(var.schedule_minutes / 3))
  }

  target {
    arn      = aws_sfn_state_machine.semantic.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ topic = each.key, kind = "incremental" })

    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 60 * var.schedule_minutes
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# A group of its own, for a topic's name leaves no room to tell its two schedules apart.
resource "aws_scheduler_schedule_group" "maintenance" {
  name = "${var.prefix}-maintenance"
}

resource "aws_scheduler_schedule" "maintenance" {
  for_each = var.topics

  name                = each.key
  group_name          = aws_scheduler_schedule_group.maintenance.name
  schedule_expression = "cron(0 ${var.maintenance_hour} * * ? *)"
  kms_key_arn         = var.kms_key_arn

  # Spreads the topics over the night's quiet hours.
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 180
  }

  # Where a batch runs, the execution itself waits for its end.
  target {
    arn      = aws_sfn_state_machine.semantic.arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ topic = each.key, kind = "maintain" })

    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 3600
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}
