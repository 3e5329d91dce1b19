# modules/semantic alone: limits that are refused, and the schedules.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  prefix = "lean-ops-test"
  topics = {
    orders = { contract_topic = "orders", late_seconds = 3600 }
  }
  water_balance_arn = "arn:aws:lambda:eu-central-1:123456789012:function:lean-ops-test-water-balance"
  kms_key_arn       = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  buckets = {
    warehouse = { name = "warehouse", arn = "arn:aws:s3:::warehouse" }
    artifacts = { name = "artifacts", arn = "arn:aws:s3:::artifacts" }
  }
  table_arns = {
    locks       = "arn:aws:dynamodb:eu-central-1:123456789012:table/locks"
    checkpoints = "arn:aws:dynamodb:eu-central-1:123456789012:table/checkpoints"
  }
  databases          = { raw = "lean_ops_test_raw", semantic = "lean_ops_test_semantic" }
  masking_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:lean-ops-test/masking-key"
  alerts_topic_arn   = "arn:aws:sns:eu-central-1:123456789012:lean-ops-test-alerts"
  schedule_minutes   = 15
  maintenance_hour   = 1
  worker_type        = "G.1X"
  workers            = 2
  concurrent_runs    = 3
  log_retention_days = 30
}

run "one_schedule_per_topic" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  assert {
    condition     = aws_scheduler_schedule.topic["orders"].schedule_expression == "rate(15 minutes)"
    error_message = "every 15 minutes"
  }

  assert {
    condition     = aws_scheduler_schedule.topic["orders"].flexible_time_window[0].mode == "FLEXIBLE"
    error_message = "topics do not start in the same second"
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.topic["orders"].target[0].input) == { topic = "orders", kind = "incremental" }
    error_message = "the input that the state machine reads"
  }

  assert {
    condition     = aws_scheduler_schedule.maintenance["orders"].schedule_expression == "cron(0 1 * * ? *)"
    error_message = "maintenance once a day"
  }

  assert {
    condition     = aws_scheduler_schedule.maintenance["orders"].flexible_time_window[0].mode == "FLEXIBLE"
    error_message = "spread over the night"
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.maintenance["orders"].target[0].input) == { topic = "orders", kind = "maintain" }
    error_message = "the input that the state machine reads"
  }

  assert {
    condition     = aws_glue_job.semantic.max_retries == 0
    error_message = "only the state machine retries"
  }
}

run "one_worker_is_refused" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  variables {
    workers = 1
  }

  expect_failures = [var.workers]
}

run "no_unknown_worker" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  variables {
    worker_type = "Standard"
  }

  expect_failures = [var.worker_type]
}

run "no_schedule_below_five_minutes" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  variables {
    schedule_minutes = 4
  }

  expect_failures = [var.schedule_minutes]
}

run "no_lease_shorter_than_a_start_of_glue" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  variables {
    lease_seconds = 60
  }

  expect_failures = [var.lease_seconds]
}

run "no_hour_after_23" {
  command = plan

  module {
    source = "./modules/semantic"
  }

  variables {
    maintenance_hour = 24
  }

  expect_failures = [var.maintenance_hour]
}
