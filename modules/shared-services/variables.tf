variable "prefix" {
  description = "lean-ops-<environment>: the start of every name."
  type        = string

  validation {
    condition     = can(regex("^lean-ops-[a-z][a-z0-9]{0,7}$", var.prefix))
    error_message = "prefix must be lean-ops- and 1 to 8 lower-case letters and digits."
  }
}

variable "database_prefix" {
  description = "lean_ops_<environment>: the start of the Glue databases' names."
  type        = string

  validation {
    condition     = can(regex("^lean_ops_[a-z][a-z0-9]{0,7}$", var.database_prefix))
    error_message = "database_prefix must be lean_ops_ and 1 to 8 lower-case letters and digits."
  }
}

variable "deletion_protection" {
  description = "DynamoDB tables refuse to be deleted, and what is deleted of keys and secrets can be taken back for 30 days."
  type        = bool
}

variable "alert_emails" {
  description = "Addresses that get every alert."
  type        = set(string)
}

variable "producer_arns" {
  description = "Principals of other accounts that send to the queues and so must use the key."
  type        = set(string)
}

variable "noncurrent_days" {
  description = "How long an overwritten or deleted object can be brought back (days). Erased personal data is gone for good only after this time."
  type        = number
  default     = 7

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 365
    error_message = "noncurrent_days must be 1 to 365."
  }
}
