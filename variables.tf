variable "region" {
  description = "The AWS region of all resources."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must look like eu-central-1."
  }
}

variable "account_id" {
  description = "The account to deploy to. Terraform refuses credentials of any other account."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "environment" {
  description = "Short name of the environment. Resources are named lean-ops-<environment>-…, Glue databases lean_ops_<environment>_…."
  type        = string

  # 8 characters, because a bucket's name has at most 63: lean-ops-<environment>-firehose-errors-<account id>.
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,7}$", var.environment))
    error_message = "environment must be 1 to 8 lower-case letters and digits, the first a letter."
  }
}

variable "topics_dir" {
  description = "Folder with the contracts, <topic>.odcs.yaml. Each file is a topic."
  type        = string
  default     = "topics"
}

variable "lambda_dist" {
  description = "Folder that `npm run build:lambda` writes: a zip per function, and contracts.sha256."
  type        = string
  default     = "dist/lambda"
}

variable "deletion_protection" {
  description = "Whether DynamoDB tables refuse deletion. Must be true in prod."
  type        = bool

  validation {
    condition     = var.deletion_protection || var.environment != "prod"
    error_message = "prod must have deletion_protection = true."
  }
}

variable "alert_emails" {
  description = "E-mail addresses that get every alert. Each must confirm its subscription once."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "alert_emails must be e-mail addresses."
  }
}

variable "producer_arns" {
  description = "Principals of other accounts that may send to the queues: roles, users, or whole accounts (arn:aws:iam::<account id>:root). Principals of this account need an IAM policy instead."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.producer_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(root|role/.+|user/.+)$", arn))])
    error_message = "producer_arns must be ARNs of roles, users or accounts, without wildcards."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number
  default     = 30
}

variable "maximum_concurrency" {
  description = "Maximum number of batches of one topic that are processed at the same time."
  type        = number
  default     = 10
}

variable "firehose_buffer_seconds" {
  description = "Maximum time until Firehose commits to RAW (seconds). A longer time costs less, a shorter time gives fresher data."
  type        = number
  default     = 300
}

variable "schedule_minutes" {
  description = "How often a topic's semantic job is started (minutes). Without new rows no engine starts."
  type        = number
  default     = 15
}

variable "maintenance_hour" {
  description = "Hour (UTC) after which the maintenance of a topic's tables starts, once a day and within three hours. If nothing is due, no engine starts."
  type        = number
  default     = 1
}

variable "glue_worker_type" {
  description = "Size of a Glue worker."
  type        = string
  default     = "G.1X"
}

variable "glue_workers" {
  description = "Number of workers of one job run, including the driver."
  type        = number
  default     = 2
}

variable "glue_concurrent_runs" {
  description = "Maximum number of topics that Glue processes at the same time."
  type        = number
  default     = 20
}
