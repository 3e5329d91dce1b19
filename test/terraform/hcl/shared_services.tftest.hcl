# modules/shared-services alone: protection, and names that are too long.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  prefix              = "lean-ops-test"
  database_prefix     = "lean_ops_test"
  deletion_protection = true
  alert_emails        = []
  producer_arns       = []
}

run "protected" {
  command = plan

  module {
    source = "./modules/shared-services"
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.deletion_protection_enabled])
    error_message = "every table is protected"
  }

  assert {
    condition     = aws_kms_key.this.deletion_window_in_days == 30
    error_message = "a deleted key can be restored for 30 days"
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "the key rotates"
  }

  assert {
    condition     = length(aws_s3_bucket.this) == 4
    error_message = "warehouse, dead letters, artifacts, undelivered records"
  }
}

run "no_prefix_that_makes_a_bucket_name_too_long" {
  command = plan

  module {
    source = "./modules/shared-services"
  }

  variables {
    prefix = "lean-ops-production"
  }

  expect_failures = [var.prefix]
}

run "no_other_database_prefix" {
  command = plan

  module {
    source = "./modules/shared-services"
  }

  variables {
    database_prefix = "lean-ops-test"
  }

  expect_failures = [var.database_prefix]
}

run "something_must_be_restorable" {
  command = plan

  module {
    source = "./modules/shared-services"
  }

  variables {
    noncurrent_days = 0
  }

  expect_failures = [var.noncurrent_days]
}
