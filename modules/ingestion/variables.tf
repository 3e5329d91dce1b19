variable "prefix" {
  description = "lean-ops-<environment>: the start of every name."
  type        = string
}

variable "topics" {
  description = "By topic: the name inside of its contract, and after how many seconds without news it is late."
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
  description = "What made the RAW tables said; queues are read only after that."
  type        = string
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

variable "producer_arns" {
  description = "Principals of other accounts that may send."
  type        = set(string)
}

variable "maximum_concurrency" {
  description = "At most so many batches of one topic at a time. It limits polling; it is no mutex."
  type        = number

  validation {
    condition     = var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency must be a whole number from 2 to 1000, the limits of an SQS event source."
  }
}

variable "batch_size" {
  description = "Messages a call of sqs_processor."
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

  # Above 10 messages a batch AWS demands a window.
  validation {
    condition     = var.batch_window_seconds >= 1 && var.batch_window_seconds <= 300
    error_message = "batch_window_seconds must be 1 to 300."
  }
}

variable "max_receive_count" {
  description = "After so many receptions SQS moves a message to the central queue."
  type        = number
  default     = 10

  validation {
    condition     = var.max_receive_count >= 5 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 5 to 1000: throttling counts as a reception."
  }
}

variable "processor_timeout_seconds" {
  description = "Timeout of sqs_processor; the queues' visibility timeout follows from it."
  type        = number
  default     = 30

  validation {
    condition     = var.processor_timeout_seconds >= 10 && var.processor_timeout_seconds <= 900
    error_message = "processor_timeout_seconds must be 10 to 900."
  }
}

variable "processor_memory_mb" {
  description = "Memory, and with it CPU, of sqs_processor."
  type        = number
  default     = 512

  validation {
    condition     = var.processor_memory_mb >= 256 && var.processor_memory_mb <= 10240
    error_message = "processor_memory_mb must be 256 to 10240."
  }
}

variable "firehose_buffer_seconds" {
  description = "Firehose commits to RAW after so many seconds at the latest."
  type        = number

  validation {
    condition     = var.firehose_buffer_seconds >= 0 && var.firehose_buffer_seconds <= 900
    error_message = "firehose_buffer_seconds must be 0 to 900."
  }
}

variable "firehose_buffer_mb" {
  description = "Firehose commits to RAW after so many MiB at the latest."
  type        = number
  default     = 64

  validation {
    condition     = var.firehose_buffer_mb >= 1 && var.firehose_buffer_mb <= 128
    error_message = "firehose_buffer_mb must be 1 to 128."
  }
}

variable "firehose_retry_seconds" {
  description = "How long Firehose tries to commit before a record goes to the error prefix."
  type        = number
  default     = 3600

  validation {
    condition     = var.firehose_retry_seconds >= 300 && var.firehose_retry_seconds <= 7200
    error_message = "firehose_retry_seconds must be 300 to 7200, what Firehose takes."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps logs (days)."
  type        = number

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods that CloudWatch knows, such as 30, 90 or 365."
  }
}
