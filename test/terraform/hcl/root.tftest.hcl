# The root module with the variables of the real tfvars: mistakes that a user can make in them.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  region              = "eu-central-1"
  account_id          = "123456789012"
  environment         = "dev"
  deletion_protection = false
  topics_dir          = "test/terraform/hcl/fixtures/topics"
  lambda_dist         = "test/terraform/hcl/fixtures/functions-of-readings"
}

run "one_contract_one_queue" {
  command = plan

  assert {
    condition     = keys(module.ingestion.queue_names) == ["readings"]
    error_message = "topics come only from the contracts' folder"
  }

  assert {
    condition     = module.ingestion.queue_names["readings"] == "lean-ops-dev-readings-queue"
    error_message = "the queue is named after the topic"
  }

  assert {
    condition     = local.topics["readings"].late_seconds == 1800
    error_message = "30 min of freshness are 1800 seconds"
  }
}

run "no_prod_without_protection" {
  command = plan

  variables {
    environment = "prod"
  }

  expect_failures = [var.deletion_protection]
}

run "no_long_environment" {
  command = plan

  variables {
    environment = "production"
  }

  expect_failures = [var.environment]
}

run "no_wildcard_producer" {
  command = plan

  variables {
    producer_arns = ["*"]
  }

  expect_failures = [var.producer_arns]
}

run "no_invalid_account" {
  command = plan

  variables {
    account_id = "1234"
  }

  expect_failures = [var.account_id]
}
