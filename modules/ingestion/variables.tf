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

  validation {
    condition     = length(var.topics) > 0
    error_message = "There is no contract: topics_dir must hold at least one <topic>.odcs.yaml."
  }

  validation {
    condition     = alltrue([for topic, contract in var.topics : topic == contract.contract_topic])
    error_message = "A contract's schema[0].name must be its file's name: ${join(", ", [for topic, contract in var.topics : "${topic}.odcs.yaml names ${contract.contract_topic}" if topic != contract.contract_topic])}."
  }

  validation {
    condition     = alltrue([for topic in keys(var.topics) : can(regex("^[a-z][a-z0-9_]{0,62}$", topic))])
    error_message = "A topic is lower snake_case of at most 63 characters."
  }

  # A queue's name has at most 80 characters.
  validation {
    condition     = alltrue([for topic in keys(var.topics) : length("${var.prefix}-${topic}-queue") <= 80])
    error_message = "Too long for a queue (${var.prefix}-<topic>-queue, 80 characters): ${join(", ", [for topic in keys(var.topics) : topic if length("${var.prefix}-${topic}-queue") > 80])}."
  }
}

variable "raw_tables" {
  description = "The result of creating the RAW tables. Queues are read only after that."
  type        = string
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

variable "producer_arns" {
  description = "Principals of other accounts that may send to the queues."
  type        = set(string)
}

variable "maximum_concurrency" {
  description = "Maximum number of batches of one topic at the same time. It limits polling and is not a mutex."
  type        = number

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency must be a whole number from 2 to 1000, the limits of an SQS event source."
  }
}

variable "batch_size" {
  description = "Messages per call of sqs_processor."
  type        = number
  default     = 100

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "batch_size must be 1 to 10000."
  }
}

variable "batch_window_seconds" {
  description = "How long Lambda gathers a batch (seconds)."
  type        = number
  default     = 5

  # AWS requires a window for batches of more than 10 messages.
  validation {
    condition     = var.batch_window_seconds >= 1 && var.batch_window_seconds <= 300
    error_message = "batch_window_seconds must be 1 to 300."
  }
}

variable "max_receive_count" {
  description = "Number of receptions after which SQS moves a message to the central queue."
  type        = number
  default     = 10

  validation {
    condition     = var.max_receive_count >= 5 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 5 to 1000: throttling counts as a reception."
  }
}

variable "processor_timeout_seconds" {
  description = "Timeout of sqs_processor (seconds). It decides the queues' visibility timeout."
  type        = number
  default     = 30

  validation {
    condition     = var.processor_timeout_seconds >= 10 && var.processor_timeout_seconds <= 900
    error_message = "processor_timeout_seconds must be 10 to 900."
  }
}

variable "processor_memory_mb" {
  description = "Memory of sqs_processor (MB). CPU grows with it."
  type        = number
  default     = 512

  validation {
    condition     = var.processor_memory_mb >= 256 && var.processor_memory_mb <= 10240
    error_message = "processor_memory_mb must be 256 to 10240."
  }
}

variable "firehose_buffer_seconds" {
  description = "Maximum time until Firehose commits to RAW (seconds)."
  type        = number

  validation {
    condition     = var.firehose_buffer_seconds >= 0 && var.firehose_buffer_seconds <= 900
    error_message = "firehose_buffer_seconds must be 0 to 900."
  }
}

variable "firehose_buffer_mb" {
  description = "Maximum amount of data until Firehose commits to RAW (MiB)."
  type        = number
  default     = 64

  validation {
    condition     = var.firehose_buffer_mb >= 1 && var.firehose_buffer_mb <= 128
    error_message = "firehose_buffer_mb must be 1 to 128."
  }
}

variable "firehose_retry_seconds" {
  description = "How long Firehose retries a commit before it writes the records to the error prefix (seconds)."
  type        = number
  default     = 3600

  validation {
    condition     = var.firehose_retry_seconds >= 300 && var.firehose_retry_seconds <= 7200
    error_message = "firehose_retry_seconds must be 300 to 7200, the limits of Firehose."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods that CloudWatch accepts, such as 30, 90 or 365."
  }
}
