# SQS → Lambda → Firehose → RAW. Each topic has a queue and an event source. There is one stream, and one central queue for
# dead letters.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  stream_name = "${var.prefix}-raw"
  stream_arn  = "arn:${local.partition}:firehose:${local.region}:${local.account}:deliverystream/${local.stream_name}"

  function_environment = merge(var.function_environment, {
    LEAN_OPS_FIREHOSE_STREAM = local.stream_name
    LEAN_OPS_DLQ_URL         = aws_sqs_queue.dead_letters.url
  })
}
