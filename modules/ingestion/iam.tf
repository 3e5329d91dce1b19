locals {
  # One pattern for all topics' queues: a list of them would outgrow a policy (10,240 characters) at 130 topics.
  topic_queues = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.prefix}-*-queue"
  glue         = "arn:${local.partition}:glue:${local.region}:${local.account}"
}

data "aws_iam_policy_document" "assume" {
  for_each = {
    lambda    = ""
    firehose  = local.stream_arn
    scheduler = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.prefix}-ingestion"
  }

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    # Lambda does not say for whom it assumes a role.
    dynamic "condition" {
      for_each = each.value == "" ? {} : { "aws:SourceAccount" = local.account, "aws:SourceArn" = each.value }

      content {
        test     = condition.key == "aws:SourceArn" ? "ArnLike" : "StringEquals"
        variable = condition.key
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions

  name               = local.function_names[each.key]
  assume_role_policy = data.aws_iam_policy_document.assume["lambda"].json
}

# What both functions need: their own log group, traces, the key.
data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "Traces"
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"] # X-Ray knows no resources.
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  source_policy_documents = [each.value.role]
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions

  name   = "function"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

data "aws_iam_policy_document" "sqs_processor" {
  statement {
    sid       = "Queues"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
    resources = [local.topic_queues]
  }

  # Notices go there; the drain takes out what SQS moved there and puts a notice in its place.
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

# Routes records and nothing else.
data "aws_iam_policy_document" "firehose_transform" {}

resource "aws_iam_role" "firehose" {
  name               = "${var.prefix}-firehose"
  assume_role_policy = data.aws_iam_policy_document.assume["firehose"].json
}

# RAW below the warehouse, the error prefix, and nothing of scripts, plans or semantic tables.
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
    resources = [aws_lambda_function.this["firehose_transform"].arn, "${aws_lambda_function.this["firehose_transform"].arn}:$LATEST"]
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
    resources = [aws_lambda_function.this["sqs_processor"].arn]
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
