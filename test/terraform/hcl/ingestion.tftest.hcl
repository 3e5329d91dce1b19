# modules/ingestion alone: limits that are refused before planning, and what follows from the settings.

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
  raw_tables           = ""
  lambda_dist          = "test/terraform/hcl/fixtures/functions"
  contracts_sha256     = "not-built"
  function_environment = {}
  kms_key_arn          = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  buckets = {
    warehouse       = { name = "warehouse", arn = "arn:aws:s3:::warehouse" }
    dead-letters    = { name = "dead-letters", arn = "arn:aws:s3:::dead-letters" }
    firehose-errors = { name = "firehose-errors", arn = "arn:aws:s3:::firehose-errors" }
  }
  table_arns = {
    error_tracker  = "arn:aws:dynamodb:eu-central-1:123456789012:table/error_tracker"
    counters       = "arn:aws:dynamodb:eu-central-1:123456789012:table/counters"
    topic_registry = "arn:aws:dynamodb:eu-central-1:123456789012:table/topic_registry"
  }
  databases               = { raw = "lean_ops_test_raw", semantic = "lean_ops_test_semantic" }
  producer_arns           = []
  maximum_concurrency     = 2
  firehose_buffer_seconds = 300
  log_retention_days      = 30
}

run "visibility_follows_from_the_timeout" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    processor_timeout_seconds = 100
    batch_window_seconds      = 7
  }

  assert {
    condition     = aws_sqs_queue.topic["orders"].visibility_timeout_seconds == 607
    error_message = "visibility must be six timeouts and the batch window"
  }

  assert {
    condition     = aws_sqs_queue.topic["orders"].name == "lean-ops-test-orders-queue"
    error_message = "a queue is named after its topic"
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.name == "lean-ops-test-dlq"
    error_message = "one central queue"
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.topic["orders"].filter_criteria) == 0
    error_message = "a filter deletes the messages that it leaves out"
  }
}

run "the_widest_concurrency" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    maximum_concurrency = 1000
  }

  assert {
    condition     = aws_lambda_event_source_mapping.topic["orders"].scaling_config[0].maximum_concurrency == 1000
    error_message = "1000 is allowed"
  }
}

run "no_concurrency_of_1" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    maximum_concurrency = 1
  }

  expect_failures = [var.maximum_concurrency]
}

run "no_concurrency_of_1001" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    maximum_concurrency = 1001
  }

  expect_failures = [var.maximum_concurrency]
}

run "no_redrive_after_4" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    max_receive_count = 4
  }

  expect_failures = [var.max_receive_count]
}

run "no_topic_with_an_invalid_queue_name" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    topics = {
      a_topic_whose_name_is_longer_than_what_a_queue_name_leaves_xxxx = {
        contract_topic = "a_topic_whose_name_is_longer_than_what_a_queue_name_leaves_xxxx"
        late_seconds   = 3600
      }
    }
  }

  expect_failures = [var.topics]
}

run "no_contract_under_another_name" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    topics = {
      orders = { contract_topic = "customers", late_seconds = 3600 }
    }
  }

  expect_failures = [var.topics]
}

run "no_deployment_without_a_topic" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    topics = {}
  }

  expect_failures = [var.topics]
}

run "no_retry_below_the_limit_of_firehose" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    firehose_retry_seconds = 0
  }

  expect_failures = [var.firehose_retry_seconds]
}

run "no_invalid_log_period" {
  command = plan

  module {
    source = "./modules/ingestion"
  }

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}
