locals {
  # SEARCH finds the metrics of all topics, so a new topic needs no new widget.
  panels = [
    { title = "Messages waiting", unit = "oldest, seconds", search = "{AWS/SQS,QueueName} MetricName=\"ApproximateAgeOfOldestMessage\" \"${var.prefix}-\"", stat = "Maximum" },
    { title = "Dead letters", unit = "in the central queue", search = "{AWS/SQS,QueueName} MetricName=\"ApproximateNumberOfMessagesVisible\" QueueName=\"${var.dead_letter_queue.name}\"", stat = "Maximum" },
    { title = "Firehose: age of the oldest record", unit = "seconds; 86,400 is loss", search = "{AWS/Firehose,DeliveryStreamName} MetricName=\"DeliveryToIceberg.DataFreshness\" DeliveryStreamName=\"${var.stream_name}\"", stat = "Maximum" },
    { title = "Firehose: rows", unit = "delivered and failed", search = "{AWS/Firehose,DeliveryStreamName} MetricName=(\"DeliveryToIceberg.SuccessfulRowCount\" OR \"DeliveryToIceberg.FailedRowCount\") DeliveryStreamName=\"${var.stream_name}\"", stat = "Sum" },
    { title = "Semantic job", unit = "executions", search = "{AWS/States,StateMachineArn} MetricName=(\"ExecutionsStarted\" OR \"ExecutionsFailed\" OR \"ExecutionsTimedOut\") StateMachineArn=\"${var.state_machine_arn}\"", stat = "Sum" },
    { title = "Water balance", unit = "residual, messages", search = "{LeanOps,environment,service,topic} MetricName=\"ResidualMessages\" environment=\"${var.environment}\"", stat = "Maximum" },
    { title = "Late or unknown", unit = "0 or 1", search = "{LeanOps,environment,service,topic} MetricName=(\"PipelineLate\" OR \"FreshnessUnknown\" OR \"BalanceUnknown\") environment=\"${var.environment}\"", stat = "Maximum" },
    { title = "Functions", unit = "errors and throttles", search = "{AWS/Lambda,FunctionName} MetricName=(\"Errors\" OR \"Throttles\") \"${var.prefix}-\"", stat = "Sum" },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({
    widgets = [
      for index, panel in local.panels : {
        type   = "metric"
        x      = 12 * (index % 2)
        y      = 6 * floor(index / 2)
        width  = 12
        height = 6
        properties = {
          title   = panel.title
          region  = local.region
          view    = "timeSeries"
          period  = 300
          yAxis   = { left = { label = panel.unit, showUnits = false, min = 0 } }
          metrics = [[{ expression = "SEARCH('${panel.search}', '${panel.stat}', 300)", id = "e${index}" }]]
        }
      }
    ]
  })
}
