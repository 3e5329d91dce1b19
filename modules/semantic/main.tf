# RAW → semantic: a schedule a topic starts the state machine, which asks for news and starts the Glue job only if there is any.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account           = data.aws_caller_identity.current.account_id
  partition         = data.aws_partition.current.partition
  region            = data.aws_region.current.region
  machine_name      = "${var.prefix}-semantic"
  state_machine_arn = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${local.machine_name}"
}
