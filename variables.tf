variable "region" {
  description = "AWS region of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must look like eu-central-1."
  }
}

variable "account_id" {
  description = "The account to deploy into; with any other account's credentials Terraform refuses."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "environment" {
  description = "Short name; every resource is called lean-ops-<environment>-…, Glue databases lean_ops_<environment>_…."
  type        = string

  # 8 characters: a bucket's name is lean-ops-<environment>-firehose-errors-<account id>, 63 at most.
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,7}$", var.environment))
    error_message = "environment must be 1 to 8 lower-case letters and digits, the first a letter."
  }
}

variable "topics_dir" {
  description = "Folder with the contracts, <topic>.odcs.yaml. A file is a topic."
  type        = string
  default     = "topics"
}

variable "lambda_dist" {
  description = "Folder that `npm run build:lambda` writes: a zip a function, and contracts.sha256."
  type        = string
  default     = "dist/lambda"
}

variable "deletion_protection" {
  description = "DynamoDB tables refuse to be deleted. Must be on in prod."
  type        = bool

  validation {
    condition     = var.deletion_protection || var.environment != "prod"
    error_message = "prod must have deletion_protection = true."
  }
}

variable "alert_emails" {
  description = "Addresses that get every alert; each must confirm its subscription once."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "producer_arns" {
  description = "Roles, or whole accounts (arn:aws:iam::<account id>:root), of other accounts that may send to the queues. Those of this account need an IAM policy of their own."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.producer_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|role/.+|user/.+)$", arn))])
    error_message = "producer_arns must be ARNs of roles, users or accounts; a wildcard is refused."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number
  default     = 30
}

variable "maximum_concurrency" {
  description = "At most so many batches of one topic are worked on at a time."
  type        = number
  default     = 10
}

variable "firehose_buffer_seconds" {
  description = "Firehose commits to RAW after so many seconds at the latest: fewer commits cost less, more are fresher."
  type        = number
  default     = 300
}

variable "schedule_minutes" {
  description = "The semantic job of a topic is started so often (minutes); without news no engine is started."
  type        = number
  default     = 15
}

variable "maintenance_hour" {
  description = "The upkeep of a topic's tables is started once a day, within three hours of this hour (UTC); where nothing is due no engine is started."
  type        = number
  default     = 1
}

variable "glue_worker_type" {
  description = "Size of a Glue worker."
  type        = string
  default     = "G.1X"
}

variable "glue_workers" {
  description = "Workers of one job run, the driver included."
  type        = number
  default     = 2
}

variable "glue_concurrent_runs" {
  description = "At most so many topics are in Glue at the same time."
  type        = number
  default     = 20
}
