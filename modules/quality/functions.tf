locals {
  functions = {
    water_balance = { timeout = 300, memory = 1024, role = data.aws_iam_policy_document.water_balance.json, input = { action = "balance" }, minutes = var.balance_minutes }
    freshness_sla = { timeout = 60, memory = 512, role = data.aws_iam_policy_document.freshness_sla.json, input = {}, minutes = var.freshness_minutes }
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
  # checkov:skip=CKV_AWS_115:called by schedules and the state machine only, which bound it; a reservation takes from every other function of the account
  # checkov:skip=CKV_AWS_116:calls that failed for good go to the alerts topic (aws_lambda_function_event_invoke_config below)
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
    variables = merge(var.function_environment, {
      LEAN_OPS_SETTLE_SECONDS      = tostring(var.settle_seconds)
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

# Schedules and the cleanup rule call asynchronously: a call that fails three times is told to people.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = aws_lambda_function.this

  function_name                = each.value.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = var.alerts_topic_arn
    }
  }

  depends_on = [aws_iam_role_policy.function]
}
