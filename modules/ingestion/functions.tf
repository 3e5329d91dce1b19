locals {
  functions = {
    sqs_processor      = { timeout = var.processor_timeout_seconds, memory = var.processor_memory_mb, role = data.aws_iam_policy_document.sqs_processor.json }
    firehose_transform = { timeout = 60, memory = 512, role = data.aws_iam_policy_document.firehose_transform.json }
  }
  function_names = { for key in keys(local.functions) : key => "${var.prefix}-${replace(key, "_", "-")}" }
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = local.functions

  name              = "/aws/lambda/${local.function_names[each.key]}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_115:maximum_concurrency of the event sources and Firehose's own limit bound it; a reservation takes from every other function of the account
  # checkov:skip=CKV_AWS_116:neither is called asynchronously but for the drain, which runs again five minutes later
  # checkov:skip=CKV_AWS_117:calls nothing but AWS, over TLS with its role; a VPC would add NAT or nine endpoints
  # checkov:skip=CKV_AWS_272:the zip is built from this checkout; a signing profile is an account's own choice
  for_each = local.functions

  function_name    = local.function_names[each.key]
  role             = aws_iam_role.function[each.key].arn
  filename         = "${var.lambda_dist}/${each.key}.zip"
  source_code_hash = try(filebase64sha256("${var.lambda_dist}/${each.key}.zip"), null)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  kms_key_arn      = var.kms_key_arn

  environment {
    variables = merge(local.function_environment, {
      POWERTOOLS_SERVICE_NAME      = each.key
      POWERTOOLS_METRICS_NAMESPACE = "LeanOps"
      POWERTOOLS_LOG_LEVEL         = "INFO"
    })
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }

  tracing_config {
    mode = "Active"
  }

  lifecycle {
    precondition {
      condition     = fileexists("${var.lambda_dist}/${each.key}.zip")
      error_message = "${var.lambda_dist}/${each.key}.zip is missing: run `npm ci && npm run build:lambda` first."
    }

    precondition {
      condition     = try(trimspace(file("${var.lambda_dist}/contracts.sha256")), "") == var.contracts_sha256
      error_message = "The functions were built with other contracts than these: run `npm run build:lambda` again."
    }
  }
}
