locals {
  functions = {
    water_balance = { timeout = 300, memory = 1024, policy = data.aws_iam_policy_document.water_balance.json, input = { action = "balance" }, minutes = var.balance_minutes }
    freshness_sla = { timeout = 60, memory = 512, policy = data.aws_iam_policy_document.freshness_sla.json, input = {}, minutes = var.freshness_minutes }
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
  environment        = merge(var.function_environment, { LEAN_OPS_SETTLE_SECONDS = tostring(var.settle_seconds) })
  policies           = [data.aws_iam_policy_document.both.json, each.value.policy]
  timeout_seconds    = each.value.timeout
  memory_mb          = each.value.memory
  kms_key_arn        = var.kms_key_arn
  log_retention_days = var.log_retention_days
}

# Schedules and the cleanup rule call asynchronously. People are notified of a call that fails three times.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = module.function

  function_name                = each.value.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = var.alerts_topic_arn
    }
  }
}
