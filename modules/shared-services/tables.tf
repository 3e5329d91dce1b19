locals {
  # The same as in src/state/dynamodb/tables.ts; a test compares the two.
  tables = {
    checkpoints         = { hash = { topic_name = "S" }, range = {} }
    error_tracker       = { hash = { topic_shard = "S" }, range = { received_message = "S" } }
    counters            = { hash = { topic_name = "S" }, range = { date = "S" } }
    topic_registry      = { hash = { topic_name = "S" }, range = { version = "N" } }
    compaction_tracking = { hash = { table_name = "S" }, range = { started_at = "S" } }
    locks               = { hash = { topic_name = "S" }, range = {} }
  }
}

resource "aws_dynamodb_table" "this" {
  for_each = local.tables

  name                        = "${var.prefix}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = one(keys(each.value.hash))
  range_key                   = one(keys(each.value.range))
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = merge(each.value.hash, each.value.range)

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.this.arn
  }

  # Items that never expire lack this attribute.
  ttl {
    enabled        = true
    attribute_name = "expires_at_s"
  }
}
