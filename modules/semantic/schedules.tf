resource "aws_scheduler_schedule_group" "this" {
  name = "${var.prefix}-semantic"
}

# The name is the topic alone: with the prefix it could exceed the 64 characters of a schedule's name.
resource "aws_scheduler_schedule" "topic" {
  for_each = var.topics

  name                = each.key
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "rate(${var.schedule_minutes} minutes)"
  kms_key_arn         = var.kms_key_arn

  # Spreads the topics: else all of them start Glue in the same second.
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

# A group of its own: both schedules of a topic have the topic's name, and a group cannot hold two of one name.
resource "aws_scheduler_schedule_group" "maintenance" {
  name = "${var.prefix}-maintenance"
}

resource "aws_scheduler_schedule" "maintenance" {
  for_each = var.topics

  name                = each.key
  group_name          = aws_scheduler_schedule_group.maintenance.name
  schedule_expression = "cron(0 ${var.maintenance_hour} * * ? *)"
  kms_key_arn         = var.kms_key_arn

  # Spreads the topics over quiet hours of the night.
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 180
  }

  # If a batch is running, the execution waits for its end.
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
