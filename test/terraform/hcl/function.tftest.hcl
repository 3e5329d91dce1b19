# One function: the deployed code must be the built code.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name               = "lean-ops-test-sqs-processor"
  folder             = "sqs_processor"
  dist               = "test/terraform/hcl/fixtures/functions"
  contracts_sha256   = "not-built"
  environment        = { LEAN_OPS_ENV = "test" }
  policies           = []
  timeout_seconds    = 30
  memory_mb          = 512
  kms_key_arn        = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  log_retention_days = 30
}

run "log_group_is_lambdas" {
  command = plan

  module {
    source = "./modules/shared-services/function"
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/lean-ops-test-sqs-processor"
    error_message = "the log group is the one that the function logs to"
  }

  assert {
    condition     = aws_lambda_function.this.environment[0].variables.POWERTOOLS_SERVICE_NAME == "sqs_processor"
    error_message = "metrics name the folder as their service"
  }
}

run "other_contracts_are_refused" {
  command = plan

  module {
    source = "./modules/shared-services/function"
  }

  variables {
    contracts_sha256 = "other"
  }

  expect_failures = [aws_lambda_function.this]
}

run "a_function_that_was_not_built_is_refused" {
  command = plan

  module {
    source = "./modules/shared-services/function"
  }

  variables {
    dist = "test/terraform/hcl/fixtures/empty"
  }

  expect_failures = [aws_lambda_function.this]
}

run "no_name_that_lambda_refuses" {
  command = plan

  module {
    source = "./modules/shared-services/function"
  }

  variables {
    name = "lean-ops-test-a-function-with-a-name-that-is-longer-than-lambda-ta"
  }

  expect_failures = [var.name]
}

run "no_timeout_beyond_fifteen_minutes" {
  command = plan

  module {
    source = "./modules/shared-services/function"
  }

  variables {
    timeout_seconds = 901
  }

  expect_failures = [var.timeout_seconds]
}
