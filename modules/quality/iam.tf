locals {
  # One pattern for the queues of all topics: a list would exceed a policy's 10,240 characters at 130 topics.
  topic_queues = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.prefix}-*-queue"
  glue         = "arn:${local.partition}:glue:${local.region}:${local.account}"
}

data "aws_iam_policy_document" "both" {
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:GetMetricData"]
    resources = ["*"] # Metrics have no ARN.
  }

  statement {
    sid       = "Alerts"
    actions   = ["sns:Publish"]
    resources = [var.alerts_topic_arn]
  }

  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [local.topic_queues, var.dead_letter_queue.arn]
  }

  statement {
    sid       = "Files"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets["warehouse"].arn}/raw/*", "${var.buckets["warehouse"].arn}/semantic/*"]
  }

  statement {
    sid       = "Warehouse"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets["warehouse"].arn]
  }
}

locals {
  catalog = concat(
    ["${local.glue}:catalog"],
    [for name in values(var.databases) : "${local.glue}:database/${name}"],
    [for name in values(var.databases) : "${local.glue}:table/${name}/*"],
  )
}

data "aws_iam_policy_document" "water_balance" {
  statement {
    sid       = "Tables"
    actions   = ["glue:GetTable", "glue:GetTables"]
    resources = local.catalog
  }

  # It creates RAW tables and removes expired rows from them, by metadata alone. It deletes no object.
  statement {
    sid     = "RawTables"
    actions = ["glue:CreateTable", "glue:UpdateTable"]
    resources = [
      "${local.glue}:catalog",
      "${local.glue}:database/${var.databases["raw"]}",
      "${local.glue}:table/${var.databases["raw"]}/*",
    ]
  }

  statement {
    sid       = "RawMetadata"
    actions   = ["s3:PutObject"]
    resources = ["${var.buckets["warehouse"].arn}/raw/*/metadata/*"]
  }

  statement {
    sid       = "Plans"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets["artifacts"].arn}/plans/*"]
  }

  statement {
    sid       = "Outcomes"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets["artifacts"].arn}/outcomes/*", "${var.buckets["firehose-errors"].arn}/firehose-errors/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = [var.buckets["artifacts"].arn, var.buckets["firehose-errors"].arn]
  }

  statement {
    sid = "State"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ]
    resources = values(var.table_arns)
  }

  statement {
    sid       = "MaskingKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.masking_secret_arn]
  }
}

data "aws_iam_policy_document" "freshness_sla" {
  statement {
    sid       = "Tables"
    actions   = ["glue:GetTable", "glue:GetTables"]
    resources = local.catalog
  }

  statement {
    sid       = "State"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [for table in ["checkpoints", "counters", "error_tracker", "topic_registry"] : var.table_arns[table]]
  }

  # Which alerts are open, and which notifications were sent.
  statement {
    sid       = "OpenAlerts"
    actions   = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    resources = [var.table_arns["error_tracker"]]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["ALERTS"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.prefix}-quality-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume_scheduler.json
}

data "aws_iam_policy_document" "assume_scheduler" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [for group in aws_scheduler_schedule_group.this : group.arn]
    }
  }
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "Check"
    actions   = ["lambda:InvokeFunction"]
    resources = [for function in module.function : function.arn]
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
