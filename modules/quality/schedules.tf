locals {
  # One call per topic: a topic that is slow or fails does not delay the others.
  checks = merge([
    for function, setting in local.functions : {
      for topic in keys(var.topics) : "${function}/${topic}" => { function = function, topic = topic, minutes = setting.minutes, input = merge(setting.input, { topic = topic }) }
    }
  ]...)
}

resource "aws_scheduler_schedule_group" "this" {
  for_each = local.functions

  name = "${var.prefix}-${replace(each.key, "_", "-")}"
}

resource "aws_scheduler_schedule" "check" {
  for_each = local.checks

  name                = each.value.topic
  group_name          = aws_scheduler_schedule_group.this[each.value.function].name
  schedule_expression = "rate(${each.value.minutes} minutes)"
  kms_key_arn         = var.kms_key_arn

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = max(1, floor(each.value.minutes / 3))
  }

  target {
    arn      = module.function[each.value.function].arn
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode(each.value.input)

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 60 * each.value.minutes
    }
  }

  depends_on = [aws_iam_role_policy.scheduler, aws_lambda_invocation.raw_tables]
}
