# Lean-Ops itself creates the tables, because the provider's Iceberg input accepts no partition spec
# (modules/quality/raw_tables.tf).

resource "aws_glue_catalog_database" "this" {
  for_each = toset(["raw", "semantic"])

  name         = "${var.database_prefix}_${each.key}"
  description  = "Lean-Ops, ${each.key} tables (Apache Iceberg)"
  location_uri = "s3://${aws_s3_bucket.this["warehouse"].id}/${each.key}"

  # IAM decides about access. Without this, new tables are inaccessible in accounts with strict Lake Formation defaults.
  create_table_default_permission {
    permissions = ["ALL"]

    principal {
      data_lake_principal_identifier = "IAM_ALLOWED_PRINCIPALS"
    }
  }
}
