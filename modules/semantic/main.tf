# RAW → semantic. A schedule per topic starts the state machine. It starts the Glue job only if RAW has new rows.

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
