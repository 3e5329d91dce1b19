# A deployment on AWS. Each contract file in var.topics_dir is a topic; nothing else names topics.

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      project     = "lean-ops"
      environment = var.environment
    }
  }
}

locals {
  prefix = "lean-ops-${var.environment}"

  contracts = {
    for file in fileset(var.topics_dir, "*.odcs.yaml") :
    trimsuffix(file, ".odcs.yaml") => yamldecode(file("${var.topics_dir}/${file}"))
  }

  # The same units as in src/contract/service-levels.ts; a test compares the two.
  unit_seconds = merge(
    { for unit in ["s", "sec", "second", "seconds"] : unit => 1 },
    { for unit in ["min", "minute", "minutes"] : unit => 60 },
    { for unit in ["h", "hr", "hour", "hours"] : unit => 3600 },
    { for unit in ["d", "day", "days"] : unit => 86400 },
    { for unit in ["w", "wk", "week", "weeks"] : unit => 604800 },
    { for unit in ["y", "yr", "year", "years"] : unit => 31536000 },
  )
  default_late_seconds = 4 * 3600

  topics = {
    for topic, contract in local.contracts : topic => {
      contract_topic = contract.schema[0].name
      late_seconds = concat([
        for level in try(contract.slaProperties, []) : level.value * local.unit_seconds[level.unit]
        if contains(["freshness", "latency"], level.property)
      ], [local.default_late_seconds])[0]
    }
  }

  # The functions must be built (`npm run build:lambda`) with the contracts that are deployed here.
  contracts_sha256 = sha256(join("", [
    for file in sort(fileset(var.topics_dir, "*.odcs.yaml")) : "${file} ${filesha256("${var.topics_dir}/${file}")}\n"
  ]))

  # The variables of every function. The module ingestion adds its stream and its central queue.
  function_environment = {
    LEAN_OPS_ENV                    = var.environment
    LEAN_OPS_PREFIX                 = local.prefix
    LEAN_OPS_WAREHOUSE_BUCKET       = module.shared_services.buckets["warehouse"].name
    LEAN_OPS_DEAD_LETTERS_BUCKET    = module.shared_services.buckets["dead-letters"].name
    LEAN_OPS_ARTIFACTS_BUCKET       = module.shared_services.buckets["artifacts"].name
    LEAN_OPS_FIREHOSE_ERRORS_BUCKET = module.shared_services.buckets["firehose-errors"].name
    LEAN_OPS_ALERTS_TOPIC_ARN       = module.shared_services.alerts_topic_arn
    LEAN_OPS_MASKING_SECRET         = module.shared_services.masking_secret.name
    LEAN_OPS_GLUE_DATABASE_PREFIX   = "lean_ops_${var.environment}"
  }
}

module "shared_services" {
  source = "./modules/shared-services"

  prefix              = local.prefix
  database_prefix     = "lean_ops_${var.environment}"
  deletion_protection = var.deletion_protection
  alert_emails        = var.alert_emails
  producer_arns       = var.producer_arns
}

module "ingestion" {
  source = "./modules/ingestion"

  prefix                  = local.prefix
  topics                  = local.topics
  raw_tables              = module.quality.raw_tables
  lambda_dist             = var.lambda_dist
  contracts_sha256        = local.contracts_sha256
  function_environment    = local.function_environment
  kms_key_arn             = module.shared_services.kms_key_arn
  buckets                 = module.shared_services.buckets
  table_arns              = module.shared_services.table_arns
  databases               = module.shared_services.databases
  producer_arns           = var.producer_arns
  maximum_concurrency     = var.maximum_concurrency
  firehose_buffer_seconds = var.firehose_buffer_seconds
  log_retention_days      = var.log_retention_days
}

module "semantic" {
  source = "./modules/semantic"

  prefix             = local.prefix
  topics             = local.topics
  water_balance_arn  = module.quality.function_arns["water_balance"]
  kms_key_arn        = module.shared_services.kms_key_arn
  buckets            = module.shared_services.buckets
  table_arns         = module.shared_services.table_arns
  databases          = module.shared_services.databases
  masking_secret_arn = module.shared_services.masking_secret.arn
  alerts_topic_arn   = module.shared_services.alerts_topic_arn
  schedule_minutes   = var.schedule_minutes
  maintenance_hour   = var.maintenance_hour
  worker_type        = var.glue_worker_type
  workers            = var.glue_workers
  concurrent_runs    = var.glue_concurrent_runs
  log_retention_days = var.log_retention_days
}

module "quality" {
  source = "./modules/quality"

  prefix               = local.prefix
  environment          = var.environment
  topics               = local.topics
  lambda_dist          = var.lambda_dist
  contracts_sha256     = local.contracts_sha256
  function_environment = module.ingestion.function_environment
  kms_key_arn          = module.shared_services.kms_key_arn
  buckets              = module.shared_services.buckets
  table_arns           = module.shared_services.table_arns
  databases            = module.shared_services.databases
  masking_secret_arn   = module.shared_services.masking_secret.arn
  alerts_topic_arn     = module.shared_services.alerts_topic_arn
  queue_names          = module.ingestion.queue_names
  dead_letter_queue    = module.ingestion.dead_letter_queue
  stream_name          = module.ingestion.stream_name
  settle_seconds       = module.ingestion.settle_seconds
  ingest_functions     = module.ingestion.function_names
  state_machine_arn    = module.semantic.state_machine_arn
  schedule_groups      = concat([module.ingestion.schedule_group], module.semantic.schedule_groups)
  log_retention_days   = var.log_retention_days
}
