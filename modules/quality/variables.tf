variable "prefix" {
  description = "lean-ops-<environment>: the prefix of every name."
  type        = string
}

variable "environment" {
  description = "Short name of the environment, a dimension of every metric."
  type        = string
}

variable "topics" {
  description = "By topic: the topic's name in its contract, and the seconds without new data after which it is late."
  type = map(object({
    contract_topic = string
    late_seconds   = number
  }))
}

variable "lambda_dist" {
  description = "Folder with the functions' zips."
  type        = string
}

variable "contracts_sha256" {
  description = "Hash of the contracts that are deployed."
  type        = string
}

variable "function_environment" {
  description = "Environment variables of every function."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts everything."
  type        = string
}

variable "buckets" {
  description = "Name and ARN of each bucket, by its content."
  type        = map(object({ name = string, arn = string }))
}

variable "table_arns" {
  description = "ARN of each state table, by its short name."
  type        = map(string)
}

variable "databases" {
  description = "Names of the Glue databases, by namespace: raw, semantic."
  type        = map(string)
}

variable "masking_secret_arn" {
  description = "ARN of the secret that holds the masking key."
  type        = string
}

variable "alerts_topic_arn" {
  description = "ARN of the SNS topic for alarms and alerts."
  type        = string
}

variable "queue_names" {
  description = "Name of each queue, by topic."
  type        = map(string)
}

variable "dead_letter_queue" {
  description = "The central queue of dead letters."
  type        = object({ name = string, arn = string, url = string })
}

variable "stream_name" {
  description = "Name of the Firehose stream that writes RAW."
  type        = string
}

variable "settle_seconds" {
  description = "How long a reception may take from its queue to RAW before the balance counts it as missing (seconds)."
  type        = number
}

variable "ingest_functions" {
  description = "Names of the functions of the module ingestion. Their errors and throttles have alarms in this module."
  type        = map(string)
}

variable "state_machine_arn" {
  description = "The semantic job."
  type        = string
}

variable "schedule_groups" {
  description = "Schedule groups of the other modules."
  type        = list(string)
}

variable "balance_minutes" {
  description = "How often a topic's water balance is measured (minutes)."
  type        = number
  default     = 15

  validation {
    condition     = contains([5, 10, 15, 20, 30, 60], var.balance_minutes)
    error_message = "balance_minutes must be 5, 10, 15, 20, 30 or 60, to fit into an alarm's period."
  }
}

variable "freshness_minutes" {
  description = "How often a topic's freshness is measured (minutes)."
  type        = number
  default     = 5

  validation {
    condition     = contains([5, 10, 15, 20, 30, 60], var.freshness_minutes)
    error_message = "freshness_minutes must be 5, 10, 15, 20, 30 or 60, to fit into an alarm's period."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number
}
