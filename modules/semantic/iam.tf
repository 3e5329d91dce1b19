locals {
  glue = "arn:${local.partition}:glue:${local.region}:${local.account}"
}

data "aws_iam_policy_document" "assume" {
  for_each = {
    glue   = ["${local.glue}:job/${local.job_name}"]
    states = [local.state_machine_arn]
    scheduler = [
      for group in ["semantic", "maintenance"] :
      "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule-group/${var.prefix}-${group}"
    ]
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
      values   = each.value
    }
  }
}

resource "aws_iam_role" "job" {
  name               = "${var.prefix}-semantic-job"
  assume_role_policy = data.aws_iam_policy_document.assume["glue"].json
}

data "aws_iam_policy_document" "job" {
  statement {
    sid       = "ScriptsAndPlans"
    actions   = ["s3:GetObject"]
    resources = ["${var.buckets["artifacts"].arn}/${local.scripts_prefix}*", "${var.buckets["artifacts"].arn}/plans/*"]
  }

  statement {
    sid       = "Outcome"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets["artifacts"].arn}/outcomes/*"]
  }

  # `maintain` deletes: it expires snapshots of RAW and semantic tables and removes orphan files.
  statement {
    sid       = "Tables"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.buckets["warehouse"].arn}/raw/*", "${var.buckets["warehouse"].arn}/semantic/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.buckets["artifacts"].arn, var.buckets["warehouse"].arn]
  }

  # No DeleteTable: a rebuild replaces a table's content in one commit.
  statement {
    sid     = "Catalog"
    actions = ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateTable"]
    resources = concat(
      ["${local.glue}:catalog"],
      [for name in values(var.databases) : "${local.glue}:database/${name}"],
      [for name in values(var.databases) : "${local.glue}:table/${name}/*"],
    )
  }

  # Heartbeats, and a check of the stored intent before the commit.
  statement {
    sid       = "Lease"
    actions   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    resources = [var.table_arns["locks"]]
  }

  statement {
    sid       = "Intent"
    actions   = ["dynamodb:GetItem"]
    resources = [var.table_arns["checkpoints"]]
  }

  statement {
    sid       = "MaskingKey"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.masking_secret_arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.job : "${group.arn}:*"]
  }
}

resource "aws_iam_role_policy" "job" {
  name   = "job"
  role   = aws_iam_role.job.id
  policy = data.aws_iam_policy_document.job.json
}

resource "aws_iam_role" "machine" {
  name               = "${var.prefix}-semantic-machine"
  assume_role_policy = data.aws_iam_policy_document.assume["states"].json
}

data "aws_iam_policy_document" "machine" {
  statement {
    sid       = "State"
    actions   = ["lambda:InvokeFunction"]
    resources = [var.water_balance_arn]
  }

  statement {
    sid       = "Job"
    actions   = ["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun"]
    resources = [aws_glue_job.semantic.arn]
  }

  statement {
    sid       = "Alerts"
    actions   = ["sns:Publish"]
    resources = [var.alerts_topic_arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }

  statement {
    sid = "LogDeliveries"
    actions = [
      "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    ]
    resources = ["*"] # Log deliveries have no ARN.
  }

  statement {
    sid       = "Traces"
    actions   = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    resources = ["*"] # X-Ray actions have no resource.
  }
}

resource "aws_iam_role_policy" "machine" {
  name   = "machine"
  role   = aws_iam_role.machine.id
  policy = data.aws_iam_policy_document.machine.json
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.prefix}-semantic-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume["scheduler"].json
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "Start"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "scheduler"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}
