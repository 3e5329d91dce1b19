# Symptoms that a person must look at. treat_missing_data is breaching where silence is itself the symptom.

locals {
  functions_watched = merge(var.ingest_functions, local.function_names)
  groups_watched    = toset(concat(var.schedule_groups, [for group in aws_scheduler_schedule_group.this : group.name]))

  # By topic. The metrics of LeanOps are emitted at every check, healthy or not: none means that nobody checks.
  topic_alarms = merge([
    for topic, contract in var.topics : {
      "${topic}-queue-age" = {
        what      = "Messages of ${topic} wait for half of the time after which they are late. Is sqs_processor failing, throttled or at its maximum_concurrency?"
        namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", dimensions = { QueueName = var.queue_names[topic] }
        above     = contract.late_seconds / 2, period = 300, periods = 3, missing = "notBreaching" # An idle queue has no oldest message.
      }
      "${topic}-residual" = {
        what      = "The books of ${topic} do not balance: `lean-ops balance ${topic} --target aws` names the equation."
        namespace = "LeanOps", metric = "ResidualMessages", statistic = "Maximum", dimensions = merge(local.balance_dimensions, { topic = topic })
        above     = 0, period = 60 * var.balance_minutes, periods = 2, missing = "breaching"
      }
      "${topic}-balance-unknown" = {
        what      = "A figure of the balance of ${topic} cannot be measured; unknown is not balanced."
        namespace = "LeanOps", metric = "BalanceUnknown", statistic = "Maximum", dimensions = merge(local.balance_dimensions, { topic = topic })
        above     = 0, period = 60 * var.balance_minutes, periods = 2, missing = "breaching"
      }
      "${topic}-late" = {
        what      = "Rows of ${topic} are later than its contract allows: `lean-ops freshness ${topic} --target aws` says where they wait."
        namespace = "LeanOps", metric = "PipelineLate", statistic = "Maximum", dimensions = merge(local.freshness_dimensions, { topic = topic })
        above     = 0, period = 60 * var.freshness_minutes, periods = 3, missing = "breaching"
      }
      "${topic}-freshness-unknown" = {
        what      = "The freshness of ${topic} cannot be told."
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
        what      = metric == "Errors" ? "Calls of ${name} fail; its log says why." : "Calls of ${name} are refused: the account's concurrency is used up."
        namespace = "AWS/Lambda", metric = metric, statistic = "Sum", dimensions = { FunctionName = name }
        above     = 0, period = 300, periods = metric == "Errors" ? 1 : 3, missing = "notBreaching" # Not called is not failed.
      }
    }
  ]...)

  stream_alarms = {
    stream-age = {
      what      = "Firehose has held a record for over an hour. After 24 hours it drops it: this is the one way in which Lean-Ops can lose data. Act now (docs/aws.md)."
      namespace = "AWS/Firehose", metric = "DeliveryToIceberg.DataFreshness", statistic = "Maximum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 3600, period = 300, periods = 1, missing = "notBreaching" # No data, no age.
    }
    stream-failed-rows = {
      what      = "Firehose could not write rows into RAW; they lie in the bucket firehose-errors and wait to be replayed (docs/aws.md)."
      namespace = "AWS/Firehose", metric = "DeliveryToIceberg.FailedRowCount", statistic = "Sum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 0, period = 300, periods = 1, missing = "notBreaching"
    }
    stream-throttled = {
      what      = "Firehose refuses records for longer than it takes to scale; they wait in the queues."
      namespace = "AWS/Firehose", metric = "ThrottledRecords", statistic = "Sum", dimensions = { DeliveryStreamName = var.stream_name }
      above     = 0, period = 300, periods = 6, missing = "notBreaching"
    }
  }

  machine_alarms = {
    for metric in ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled"] : "machine-${lower(metric)}" => {
      what      = "The semantic job: ${metric}. The execution's last event names the cause and the topic."
      namespace = "AWS/States", metric = metric, statistic = "Sum", dimensions = { StateMachineArn = var.state_machine_arn }
      above     = 0, period = 300, periods = metric == "ExecutionThrottled" ? 3 : 1, missing = "notBreaching"
    }
  }

  schedule_alarms = merge([
    for group in local.groups_watched : {
      for metric in ["TargetErrorCount", "InvocationDroppedCount"] : "${trimprefix(group, "${var.prefix}-")}-${lower(metric)}" => {
        what      = "Schedules of ${group} do not reach their target: ${metric}."
        namespace = "AWS/Scheduler", metric = metric, statistic = "Sum", dimensions = { ScheduleGroup = group }
        above     = 0, period = 300, periods = 2, missing = "notBreaching"
      }
    }
  ]...)

  table_alarms = {
    for key, arn in var.table_arns : "${key}-throttled" => {
      what      = "Writes to the state table ${key} are throttled: a hot key, or a limit of the account."
      namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", statistic = "Sum", dimensions = { TableName = "${var.prefix}-${key}" }
      above     = 0, period = 300, periods = 3, missing = "notBreaching"
    }
  }

  dead_letter_alarms = {
    dead-letters = {
      what      = "There are dead letters: `lean-ops dlq list --target aws` tells code and remedy of each."
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", dimensions = { QueueName = var.dead_letter_queue.name }
      above     = 0, period = 300, periods = 1, missing = "notBreaching" # An empty queue of six idle hours reports nothing.
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

# Schedules that start nothing raise no error anywhere.
resource "aws_cloudwatch_metric_alarm" "machine_silent" {
  alarm_name          = "${var.prefix}-machine-silent"
  alarm_description   = "No semantic job was started for an hour: are the schedules on?"
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
