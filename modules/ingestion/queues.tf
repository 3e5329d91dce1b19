locals {
  day_seconds = 24 * 3600
  # AWS recommends six times the function's timeout, plus the batch window.
  visibility_seconds = 6 * var.processor_timeout_seconds + var.batch_window_seconds
}

resource "aws_sqs_queue" "topic" {
  for_each = var.topics

  name                              = "${var.prefix}-${each.key}-queue"
  visibility_timeout_seconds        = local.visibility_seconds
  message_retention_seconds         = 14 * local.day_seconds
  receive_wait_time_seconds         = 20
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

# No redrive_allow_policy: it names at most ten source queues, and each topic has one.
resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.prefix}-dlq"
  visibility_timeout_seconds        = local.visibility_seconds
  message_retention_seconds         = 14 * local.day_seconds
  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 3600
}

data "aws_iam_policy_document" "queue" {
  for_each = merge({ for topic, queue in aws_sqs_queue.topic : topic => queue.arn }, { "" = aws_sqs_queue.dead_letters.arn })

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # SNS topics and EventBridge rules of this account may send to a topic's queue.
  dynamic "statement" {
    for_each = each.key == "" ? [] : [each.value]

    content {
      sid       = "Services"
      actions   = ["sqs:SendMessage"]
      resources = [statement.value]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com", "sns.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "" || length(var.producer_arns) == 0 ? [] : [each.value]

    content {
      sid       = "Producers"
      actions   = ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
      resources = [statement.value]

      principals {
        type        = "AWS"
        identifiers = var.producer_arns
      }
    }
  }
}

resource "aws_sqs_queue_policy" "topic" {
  for_each = var.topics

  queue_url = aws_sqs_queue.topic[each.key].url
  policy    = data.aws_iam_policy_document.queue[each.key].json
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url
  policy    = data.aws_iam_policy_document.queue[""].json
}

# Never add filter_criteria: SQS deletes the messages that a filter leaves out.
resource "aws_lambda_event_source_mapping" "topic" {
  for_each = var.topics

  event_source_arn                   = aws_sqs_queue.topic[each.key].arn
  function_name                      = module.function["sqs_processor"].arn
  batch_size                         = var.batch_size
  maximum_batching_window_in_seconds = var.batch_window_seconds
  function_response_types            = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.maximum_concurrency
  }

  # Queues are read only when the tables exist.
  depends_on = [var.raw_tables]
}
