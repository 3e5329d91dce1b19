locals {
  # One pattern for the queues of all topics: a list would exceed a policy's 10,240 characters at 130 topics.
  topic_queues = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.prefix}-*-queue"
  glue         = "arn:${local.partition}:glue:${local.region}:${local.account}"
}

data "aws_iam_policy_document" "assume" {
  for_each = {
    firehose  = local.stream_arn
    scheduler = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.prefix}-ingestion"
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [each.value]
    }
  }
}

data "aws_iam_policy_document" "sqs_processor" {
  statement {
    sid       = "Queues"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    resources = [local.topic_queues]
  }

  # The function sends notices there. The drain replaces messages that SQS moved there by notices.
  statement {
    sid       = "CentralQueue"
    actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  statement {
    sid       = "Stream"
    actions   = ["firehose:PutRecordBatch"]
    resources = [local.stream_arn]
  }

  # It writes bodies and reads none.
  statement {
    sid       = "DeadLetters"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets["dead-letters"].arn}/dead-letters/*"]
  }

  # A redelivery lists and reads the records that Firehose could not deliver, and removes objects when the stream has them.
  statement {
    sid       = "Undelivered"
    actions   = ["s3:DeleteObject", "s3:GetObject"]
    resources = ["${var.buckets["firehose-errors"].arn}/firehose-errors/*"]
  }

  statement {
    sid       = "UndeliveredNames"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets["firehose-errors"].arn]
  }

  statement {
    sid       = "State"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [var.table_arns["error_tracker"], var.table_arns["counters"]]
  }

  # A dead letter names the contract's version.
  statement {
    sid       = "Contracts"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [var.table_arns["topic_registry"]]
  }
}

resource "aws_iam_role" "firehose" {
  name               = "${var.prefix}-firehose"
  assume_role_policy = data.aws_iam_policy_document.assume["firehose"].json
}

# The stream may write RAW's files and the error prefix, but no scripts, plans or semantic tables.
data "aws_iam_policy_document" "firehose" {
  statement {
    sid       = "RawTables"
    actions   = ["glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"]
    resources = ["${local.glue}:catalog", "${local.glue}:database/${var.databases["raw"]}", "${local.glue}:table/${var.databases["raw"]}/*"]
  }

  statement {
    sid       = "RawFiles"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets["warehouse"].arn}/raw/*"]
  }

  statement {
    sid       = "ErrorFiles"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets["firehose-errors"].arn}/firehose-errors/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    resources = [var.buckets["warehouse"].arn, var.buckets["firehose-errors"].arn]
  }

  statement {
    sid       = "Transform"
    actions   = ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"]
    resources = [module.function["firehose_transform"].arn, "${module.function["firehose_transform"].arn}:$LATEST"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:PutLogEvents"]
    resources = [for stream in aws_cloudwatch_log_stream.firehose : stream.arn]
  }
}

resource "aws_iam_role_policy" "firehose" {
  name   = "firehose"
  role   = aws_iam_role.firehose.id
  policy = data.aws_iam_policy_document.firehose.json
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.prefix}-ingestion-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume["scheduler"].json
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "Drain"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.function["sqs_processor"].arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "scheduler"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}
