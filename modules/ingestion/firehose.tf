locals {
  firehose_log_streams = toset(["delivery", "errors"])
}

resource "aws_cloudwatch_log_group" "firehose" {
  name              = "/aws/kinesisfirehose/${local.stream_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each = local.firehose_log_streams

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

# No destination_table_configuration: the transform names each record's table (otfMetadata), so a new topic leaves the stream alone.
resource "aws_kinesis_firehose_delivery_stream" "raw" {
  name        = local.stream_name
  destination = "iceberg"

  server_side_encryption {
    enabled  = true
    key_type = "CUSTOMER_MANAGED_CMK"
    key_arn  = var.kms_key_arn
  }

  iceberg_configuration {
    role_arn           = aws_iam_role.firehose.arn
    catalog_arn        = "arn:${local.partition}:glue:${local.region}:${local.account}:catalog"
    append_only        = true
    buffering_interval = var.firehose_buffer_seconds
    buffering_size     = var.firehose_buffer_mb
    retry_duration     = var.firehose_retry_seconds
    s3_backup_mode     = "FailedDataOnly"

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["delivery"].name
    }

    processing_configuration {
      enabled = true

      processors {
        type = "Lambda"

        parameters {
          parameter_name  = "LambdaArn"
          parameter_value = "${module.function["firehose_transform"].arn}:$LATEST"
        }

        # A call answers within Lambda's 6 MB, so it gets far less: the answer is longer than the question by base64 and metadata.
        parameters {
          parameter_name  = "BufferSizeInMBs"
          parameter_value = "1"
        }

        parameters {
          parameter_name  = "BufferIntervalInSeconds"
          parameter_value = "60"
        }
      }
    }

    s3_configuration {
      role_arn            = aws_iam_role.firehose.arn
      bucket_arn          = var.buckets["firehose-errors"].arn
      error_output_prefix = "firehose-errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/"
      compression_format  = "UNCOMPRESSED" # The balance reads them, and people.
      kms_key_arn         = var.kms_key_arn

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.firehose.name
        log_stream_name = aws_cloudwatch_log_stream.firehose["errors"].name
      }
    }
  }

  lifecycle {
    # append_only can only be chosen when a stream is made. A change of it, or of the catalog, would make a new stream and drop what
    # the old one still holds: refused here, so that a person drains it first (docs/aws.md).
    prevent_destroy = true
  }

  # A stream whose role can't yet write puts its first records into the error prefix.
  depends_on = [aws_iam_role_policy.firehose]
}
