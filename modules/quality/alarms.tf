# Symptoms that need a person. treat_missing_data is "breaching" if missing data is itself a symptom.

locals {
  functions_watched = merge(var.ingest_functions, local.function_names)
  groups_watched    = toset(concat(var.schedule_groups, [for group in aws_scheduler_schedule_group.this : group.name]))

  # By topic. LeanOps metrics are emitted at every check, healthy or not: no data means that the checks do not run.
  topic_alarms = merge([
    for topic, contract in var.topics : {
      "${topic}-queue-age" = {
        what      = "The oldest message of ${topic} has waited for half of the time after which it is late. Check whether sqs_processor fails, is throttled, or is at its maximum_concurrency."
        namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", dimensions = { QueueName = var.queue_names[topic] }
        above     = contract.late_seconds / 2, period = 300, periods = 3, missing = "notBreaching" # An idle queue has no oldest message.
      }
      "${topic}-residual" = {
        what      = "The water balance of ${topic} does not hold. `lean-ops balance ${topic} --target aws` names the equation."
        namespace = "LeanOps", metric = "ResidualMessages", statistic = "Maximum", dimensions = merge(local.balance_dimensions, { topic = topic })
        above     = 0, period = 60 * var.balance_minutes, periods = 2, missing = "breaching"
      }
      "${topic}-balance-unknown" = {
        what      = "A figure of the water balance of ${topic} cannot be measured. `lean-ops balance ${topic} --target aws` names the figure and the reason."
        namespace = "LeanOps", metric = "BalanceUnknown", statistic = "Maximum", dimensions = merge(local.balance_dimensions, { topic = topic })
        above     = 0, period = 60 * var.balance_minutes, periods = 2, missing = "breaching"
      }
      "${topic}-late" = {
        what      = "Rows of ${topic} are later than its contract allows. `lean-ops freshness ${topic} --target aws` shows where they wait."
        namespace = "LeanOps", metric = "PipelineLate", statistic = "Maximum", dimensions = merge(local.freshness_dimensions, { topic = topic })
        above     = 0, period = 60 * var.freshness_minutes, periods = 3, missing = "breaching"
      }
      "${topic}-freshness-unknown" = {
        what      = "The freshness of ${topic} cannot be measured. `lean-ops freshness ${topic} --target aws` names the reason."
        namespace = "LeanOps", metric = "FreshnessUnknown", statistic = "Maximum", dimensions = merge(local.freshness_dimensions, { topic = topic })
        above     = 0, period = 60 * var.freshness_minutes, periods = 3, missing = "breaching"
      }
    }
  ]...)

  balance_dimensions   = { service = "water_balance", environment = var.environment }
  freshness_dimensions = { service = "freshness_sla", environment = var.environment }

  function_alarms = merge([
    for key, name in local.functions_watched : {
      for metric in ["Errors", "Throttles"] : "${key}-${lower(metric)}" => {
        what      = metric == "Errors" ? "Calls of ${name} fail. Its log has the reason." : "Lambda refuses calls of ${name} because the account's concurrency is used up."
        namespace = "AWS/Lambda", metric = metric, statistic = "Sum", dimensions = { FunctionName = name }
        above     = 0, period = 300, periods = metric == "Errors" ? 1 : 3, missing = "notBreaching" # No calls, no failures.
      }
    }
  ]...)

  stream_alarms = {
    stream-age = {
      what      = "Firehose has held a record for over an hour. Act now (docs/aws.md): after 24 hours Firehose drops the record. This is the one case in which Lean-Ops can lose data."
      namespace = "AWS/Firehose", metric = "DeliveryToIceberg.DataFreshness", statistic = "Maximum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 3600, period = 300, periods = 1, missing = "notBreaching" # No data, no age.
    }
    stream-failed-rows = {
      what      = "Firehose could not write rows to RAW. They are in the bucket firehose-errors until you redeliver them (docs/aws.md)."
      namespace = "AWS/Firehose", metric = "DeliveryToIceberg.FailedRowCount", statistic = "Sum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 0, period = 300, periods = 1, missing = "notBreaching"
    }
    stream-throttled = {
      what      = "Firehose refuses records for longer than it needs to scale. The messages wait in the queues."
      namespace = "AWS/Firehose", metric = "ThrottledRecords", statistic = "Sum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 0, period = 300, periods = 6, missing = "notBreaching"
    }
  }

  machine_alarms = {
    for metric in ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"] : "machine-${lower(metric)}" => {
      what      = "The semantic job reports ${metric}. The execution's last event names the cause and the topic."
      namespace = "AWS/States", metric = metric, statistic = "Sum", dimensions = { StateMachineArn = var.state_machine_arn }
      above     = 0, period = 300, periods = metric == "ExecutionThrottled" ? 3 : 1, missing = "notBreaching"
    }
  }

  schedule_alarms = merge([
    for group in local.groups_watched : {
      for metric in ["TargetErrorCount", "InvocationDroppedCount"] : "${trimprefix(group, "${var.prefix}-")}-${lower(metric)}" => {
        what      = "Schedules of ${group} do not reach their target (${metric})."
        namespace = "AWS/Scheduler", metric = metric, statistic = "Sum", dimensions = { ScheduleGroup = group }
        above     = 0, period = 300, periods = 2, missing = "notBreaching"
      }
    }
  ]...)

  table_alarms = {
    for key, arn in var.table_arns : "${key}-throttled" => {
      what      = "Writes to the state table ${key} are throttled. The cause is a hot key or a limit of the account."
      namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", statistic = "Sum", dimensions = { TableName = "${var.prefix}-${key}" }
      above     = 0, period = 300, periods = 3, missing = "notBreaching"
    }
  }

  dead_letter_alarms = {
    dead-letters = {
      what      = "There are dead letters. `lean-ops dlq list --target aws` shows the code of each and what to do."
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", dimensions = { QueueName = var.dead_letter_queue.name }
      above     = 0, period = 300, periods = 1, missing = "notBreaching" # A queue that is empty and idle for six hours reports nothing.
    }
  }

  alarms = merge(
    local.topic_alarms, local.function_alarms, local.stream_alarms, local.machine_alarms, local.schedule_alarms, local.table_alarms,
    local.dead_letter_alarms,
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.prefix}-${each.key}"
  alarm_description   = each.value.what
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [var.alerts_topic_arn]
  ok_actions          = [var.alerts_topic_arn]
}

# If schedules are off, nothing else raises an error.
resource "aws_cloudwatch_metric_alarm" "machine_silent" {
  alarm_name          = "${var.prefix}-machine-silent"
  alarm_description   = "No semantic job was started for an hour. Check whether the schedules are on."
  namespace           = "AWS/States"
  metric_name         = "ExecutionsStarted"
  statistic           = "Sum"
  dimensions          = { StateMachineArn = var.state_machine_arn }
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "breaching"
  alarm_actions       = [var.alerts_topic_arn]
  ok_actions          = [var.alerts_topic_arn]
}
