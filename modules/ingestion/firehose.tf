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

# No destination_table_configuration: the transformation names each record's table (otfMetadata), so a new topic does not
# change the stream.
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

        # A call gets far less than the 6 MB that its answer may have, because base64 and metadata make the answer larger.
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
      compression_format  = "UNCOMPRESSED" # The balance and people read the objects.
      kms_key_arn         = var.kms_key_arn

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.firehose.name
        log_stream_name = aws_cloudwatch_log_stream.firehose["errors"].name
      }
    }
  }

  lifecycle {
    # append_only is fixed when the stream is created. A change of it, or of the catalog, would replace the stream and drop the
    # records that it still holds. It is refused, so a person must drain the stream first (docs/aws.md).
    prevent_destroy = true
  }

  # Without its permissions, the stream would write its first records to the error prefix.
  depends_on = [aws_iam_role_policy.firehose]
}
