variable "prefix" {
  description = "lean-ops-<environment>: the prefix of every name."
  type        = string
}

variable "topics" {
  description = "By topic: the topic's name in its contract, and the seconds without new data after which it is late."
  type = map(object({
    contract_topic = string
    late_seconds   = number
  }))
}

variable "water_balance_arn" {
  description = "ARN of the function through which the state machine reads and writes state."
  type        = string
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
  description = "ARN of the SNS topic for alerts."
  type        = string
}

variable "schedule_minutes" {
  description = "How often a topic's job is started (minutes)."
  type        = number

  validation {
    condition     = var.schedule_minutes >= 5 && var.schedule_minutes <= 1440 && floor(var.schedule_minutes) == var.schedule_minutes
    error_message = "schedule_minutes must be a whole number from 5 to 1440."
  }
}

variable "maintenance_hour" {
  description = "Hour (UTC) after which the maintenance of a topic's tables starts, once a day and within three hours."
  type        = number

  validation {
    condition     = var.maintenance_hour >= 0 && var.maintenance_hour <= 23 && floor(var.maintenance_hour) == var.maintenance_hour
    error_message = "maintenance_hour must be a whole number from 0 to 23."
  }
}

variable "worker_type" {
  description = "Size of a Glue worker."
  type        = string

  validation {
    condition     = contains(["G.1X", "G.2X", "G.4X", "G.8X"], var.worker_type)
    error_message = "glue_worker_type must be G.1X, G.2X, G.4X or G.8X."
  }
}

variable "workers" {
  description = "Number of workers of one job run, including the driver."
  type        = number

  validation {
    condition     = var.workers >= 2 && var.workers <= 299 && floor(var.workers) == var.workers
    error_message = "glue_workers must be a whole number from 2 (a driver and a worker) to 299."
  }
}

variable "concurrent_runs" {
  description = "Maximum number of topics that Glue processes at the same time."
  type        = number

  validation {
    condition     = var.concurrent_runs >= 1 && var.concurrent_runs <= 1000
    error_message = "glue_concurrent_runs must be 1 to 1000."
  }
}

variable "job_timeout_minutes" {
  description = "Time after which Glue stops a run (minutes)."
  type        = number
  default     = 120

  validation {
    condition     = var.job_timeout_minutes >= 10 && var.job_timeout_minutes <= 2880
    error_message = "job_timeout_minutes must be 10 to 2880."
  }
}

variable "lease_seconds" {
  description = "How long a lease lasts without a heartbeat (seconds). It must cover Glue's start, during which there are no heartbeats."
  type        = number
  default     = 900

  validation {
    condition     = var.lease_seconds >= 600 && var.lease_seconds <= 7200
    error_message = "lease_seconds must be 600 to 7200: Glue may need ten minutes to start."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number
}
