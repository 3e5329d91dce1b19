variable "name" {
  description = "Name of the function and of its role."
  type        = string

  validation {
    condition     = length(var.name) <= 64
    error_message = "A function's name has at most 64 characters."
  }
}

variable "folder" {
  description = "The function's folder in lambda/. It names the zip, and the dimension service of the metrics."
  type        = string
}

variable "dist" {
  description = "Folder with the zips and contracts.sha256."
  type        = string
}

variable "contracts_sha256" {
  description = "Hash of the contracts that are deployed."
  type        = string
}

variable "environment" {
  description = "The function's environment variables."
  type        = map(string)
}

variable "policies" {
  description = "Policy documents: what the function may do besides logs, traces and the key."
  type        = list(string)
}

variable "timeout_seconds" {
  description = "Time after which Lambda ends a call (seconds)."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "timeout_seconds must be 1 to 900."
  }
}

variable "memory_mb" {
  description = "Memory (MB). CPU grows with it."
  type        = number

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb must be 128 to 10240."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key that encrypts everything."
  type        = string
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps the function's logs (days)."
  type        = number
}
