variable "prefix" {
  description = "lean-ops-<environment>: the start of every name."
  type        = string
}

variable "environment" {
  description = "Short name of the environment, a dimension of every metric."
  type        = string
}

variable "topics" {
  description = "By topic: the name inside of its contract, and after how many seconds without news it is late."
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
  description = "Hash over the contracts that are deployed."
  type        = string
}

variable "function_environment" {
  description = "Environment variables of every function."
  type        = map(string)
}

variable "kms_key_arn" {
  description = "The one key."
  type        = string
}

variable "buckets" {
  description = "Name and ARN by what a bucket holds."
  type        = map(object({ name = string, arn = string }))
}

variable "table_arns" {
  description = "ARN by the state table's short name."
  type        = map(string)
}

variable "databases" {
  description = "Glue databases: raw, semantic."
  type        = map(string)
}

variable "masking_secret_arn" {
  description = "The secret that holds the masking key."
  type        = string
}

variable "alerts_topic_arn" {
  description = "Where alarms and alerts go."
  type        = string
}

variable "queue_names" {
  description = "Name of the queue, by topic."
  type        = map(string)
}

variable "dead_letter_queue" {
  description = "The central queue of dead letters."
  type        = object({ name = string, arn = string, url = string })
}

variable "stream_name" {
  description = "The Firehose stream that writes RAW."
  type        = string
}

variable "settle_seconds" {
  description = "How long a message may be under way, counted by nobody, before the balance calls it missing (seconds)."
  type        = number
}

variable "ingest_functions" {
  description = "Names of the functions of ingestion, whose errors and throttles have alarms here."
  type        = map(string)
}

variable "state_machine_arn" {
  description = "The semantic job."
  type        = string
}

variable "schedule_groups" {
  description = "Groups of schedules of the other modules."
  type        = list(string)
}

variable "balance_minutes" {
  description = "The water balance of a topic is drawn so often (minutes)."
  type        = number
  default     = 15

  validation {
    condition     = contains([5, 10, 15, 20, 30, 60], var.balance_minutes)
    error_message = "balance_minutes must be 5, 10, 15, 20, 30 or 60, so that it fits into an alarm's period."
  }
}

variable "freshness_minutes" {
  description = "The freshness of a topic is looked at so often (minutes)."
  type        = number
  default     = 5

  validation {
    condition     = contains([5, 10, 15, 20, 30, 60], var.freshness_minutes)
    error_message = "freshness_minutes must be 5, 10, 15, 20, 30 or 60, so that it fits into an alarm's period."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number
}
