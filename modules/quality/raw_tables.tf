# RAW is partitioned by day(ingestion_ts), and the provider's Iceberg input (open_table_format_input) accepts no partition spec.
# So Lean-Ops' own writer creates the tables, at apply, whenever the contracts change and before any queue is read.
resource "aws_lambda_invocation" "raw_tables" {
  function_name = module.function["water_balance"].name
  input         = jsonencode({ action = "prepare" })
  triggers      = { contracts = var.contracts_sha256 }
}
