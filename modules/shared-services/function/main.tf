# One Lambda function with its log group, its role, and the permissions that every function has.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_115:event sources, schedules and the state machine limit it; a reservation would take concurrency from other functions of the account
  # checkov:skip=CKV_AWS_116:asynchronous calls have other remedies: the drain runs again, and checks that keep failing go to the alerts topic
  # checkov:skip=CKV_AWS_117:it calls only AWS, over TLS with its role; a VPC would need NAT or nine endpoints
  # checkov:skip=CKV_AWS_272:the zip is built from this checkout; a signing profile is an account's own choice
  function_name    = var.name
  role             = aws_iam_role.this.arn
  filename         = local.zip
  source_code_hash = try(filebase64sha256(local.zip), null)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds
  kms_key_arn      = var.kms_key_arn

  environment {
    variables = merge(var.environment, {
      POWERTOOLS_SERVICE_NAME      = var.folder
      POWERTOOLS_METRICS_NAMESPACE = "LeanOps"
      POWERTOOLS_LOG_LEVEL         = "INFO"
    })
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = "Active"
  }

  lifecycle {
    precondition {
      condition     = fileexists(local.zip)
      error_message = "${local.zip} is missing. Run `npm ci && npm run build:lambda` first."
    }

    precondition {
      condition     = try(trimspace(file("${var.dist}/contracts.sha256")), "") == var.contracts_sha256
      error_message = "The functions were built with other contracts than the deployed ones. Run `npm run build:lambda` again."
    }
  }
}

locals {
  zip = "${var.dist}/${var.folder}.zip"
}
