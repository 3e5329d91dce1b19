variable "prefix" {
  description = "lean-ops-<environment>: the prefix of every name."
  type        = string

  validation {
    condition     = can(regex("^lean-ops-[a-z][a-z0-9]{0,7}$", var.prefix))
    error_message = "prefix must be lean-ops- and 1 to 8 lower-case letters and digits."
  }
}

variable "database_prefix" {
  description = "lean_ops_<environment>: the prefix of the Glue databases' names."
  type        = string

  validation {
    condition     = can(regex("^lean_ops_[a-z][a-z0-9]{0,7}$", var.database_prefix))
    error_message = "database_prefix must be lean_ops_ and 1 to 8 lower-case letters and digits."
  }
}

variable "deletion_protection" {
  description = "Whether DynamoDB tables refuse deletion, and whether deleted keys and secrets can be restored for 30 days instead of 7."
  type        = bool
}

variable "alert_emails" {
  description = "E-mail addresses that get every alert."
  type        = set(string)
}

variable "producer_arns" {
  description = "Principals of other accounts that send to the queues and therefore must use the key."
  type        = set(string)
}

variable "noncurrent_days" {
  description = "How long an overwritten or deleted object can be restored (days). Erased personal data is gone only after this time."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 365
    error_message = "noncurrent_days must be 1 to 365."
  }
}
