locals {
  functions = {
    sqs_processor      = { timeout = var.processor_timeout_seconds, memory = var.processor_memory_mb, policies = [data.aws_iam_policy_document.sqs_processor.json] }
    firehose_transform = { timeout = 60, memory = 512, policies = [] } # It routes records and calls no service.
  }
  function_names = { for key in keys(local.functions) : key => "${var.prefix}-${replace(key, "_", "-")}" }
}

module "function" {
  source   = "../shared-services/function"
  for_each = local.functions

  name               = local.function_names[each.key]
  folder             = each.key
  dist               = var.lambda_dist
  contracts_sha256   = var.contracts_sha256
  environment        = local.function_environment
  policies           = each.value.policies
  timeout_seconds    = each.value.timeout
  memory_mb          = each.value.memory
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.log_retention_days
}
