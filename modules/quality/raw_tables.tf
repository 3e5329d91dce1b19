# RAW is partitioned by day(ingestion_ts). The provider's Iceberg input (open_table_format_input) takes no partition spec, so
# Lean-Ops' own writer makes the tables: called at apply whenever the contracts change, before any queue is read.
resource "aws_lambda_invocation" "raw_tables" {
  function_name = module.function["water_balance"].name
  input         = jsonencode({ action = "prepare" })
  triggers      = { contracts = var.contracts_sha256 }
}
