locals {
  job_name       = "${var.prefix}-semantic"
  scripts_prefix = "glue-scripts/"
  scripts_uri    = "s3://${var.buckets["artifacts"].name}/${local.scripts_prefix}"
  main_script    = "semantic_job.py"

  # The job's own modules are in the same folder. Glue puts them on Python's path.
  scripts = fileset(path.module, "*.py")
  modules = [for script in sort(local.scripts) : "${local.scripts_uri}${script}" if script != local.main_script]

  # Glue accepts the key --conf once, so its value holds all settings.
  spark_conf = join(" --conf ", [
    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.lean_ops=org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.lean_ops.type=glue",
    "spark.sql.catalog.lean_ops.warehouse=s3://${var.buckets["warehouse"].name}/",
    "spark.sql.catalog.lean_ops.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
    # The same meaning of times and casts as in a workspace.
    "spark.sql.session.timeZone=UTC",
    "spark.sql.ansi.enabled=false",
  ])
}

resource "aws_s3_object" "script" {
  for_each = local.scripts

  bucket      = var.buckets["artifacts"].name
  key         = "${local.scripts_prefix}${each.key}"
  source      = "${path.module}/${each.key}"
  source_hash = filemd5("${path.module}/${each.key}")
}

resource "aws_cloudwatch_log_group" "job" {
  # checkov:skip=CKV_AWS_338:how long logs are kept is the user's choice (log_retention_days)
  for_each = toset(["error", "output"])

  name              = "/aws-glue/jobs/${local.job_name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_glue_job" "semantic" {
  # checkov:skip=CKV_AWS_195:a security configuration also renames the log groups; buckets encrypt by default with the same key, the log groups by their own setting, and bookmarks are off
  name         = local.job_name
  description  = "Runs the rendered plan of one batch of one topic"
  role_arn     = aws_iam_role.job.arn
  glue_version = "5.1" # Spark 3.5.6, Iceberg 1.10

  worker_type       = var.worker_type
  number_of_workers = var.workers
  timeout           = var.job_timeout_minutes
  max_retries       = 0 # The state machine retries transient failures only.

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "${local.scripts_uri}${local.main_script}"
  }

  execution_property {
    max_concurrent_runs = var.concurrent_runs
  }

  default_arguments = merge({
    "--datalake-formats"        = "iceberg"
    "--conf"                    = local.spark_conf
    "--job-bookmark-option"     = "job-bookmark-disable" # Only the checkpoint decides what is new.
    "--enable-metrics"          = "false"
    "--enable-glue-datacatalog" = "false" # The Iceberg catalog above is the only catalog.
    "--custom-logGroup-prefix"  = "/aws-glue/jobs/${local.job_name}"
  }, length(local.modules) == 0 ? {} : { "--extra-py-files" = join(",", local.modules) })

  depends_on = [aws_s3_object.script, aws_iam_role_policy.job, aws_cloudwatch_log_group.job]
}
