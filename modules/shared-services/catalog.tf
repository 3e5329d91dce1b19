# Tables in them are made by Lean-Ops itself: the provider's Iceberg input knows no partition spec (modules/quality/raw_tables.tf).

resource "aws_glue_catalog_database" "this" {
  for_each = toset(["raw", "semantic"])

  name         = "${var.database_prefix}_${each.key}"
  description  = "Lean-Ops, ${each.key} tables (Apache Iceberg)"
  location_uri = "s3://${aws_s3_bucket.this["warehouse"].id}/${each.key}"

  # IAM decides; without this an account whose Lake Formation defaults were tightened gives nobody access to new tables.
  create_table_default_permission {
    permissions = ["ALL"]

    principal {
      data_lake_principal_identifier = "IAM_ALLOWED_PRINCIPALS"
    }
  }
}
