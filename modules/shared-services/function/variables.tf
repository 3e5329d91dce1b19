variable "name" {
  description = "Name of the function, and of its role."
  type        = string

  validation {
    condition     = length(var.name) <= 64
    error_message = "A function's name has at most 64 characters."
  }
}

variable "folder" {
  description = "Its folder in lambda/, which names its zip and, as the service, its metrics."
  type        = string
}

variable "dist" {
  description = "Folder with the zips and contracts.sha256."
  type        = string
}

variable "contracts_sha256" {
  description = "Hash over the contracts that are deployed."
  type        = string
}

variable "environment" {
  description = "Its environment variables."
  type        = map(string)
}

variable "policies" {
  description = "What it may do besides logs, traces and the key: policy documents."
  type        = list(string)
}

variable "timeout_seconds" {
  description = "After so long a call is ended (seconds)."
  type        = number

  validation {
    condition     = var.timeout_seconds >= 1 && var.timeout_seconds <= 900
    error_message = "timeout_seconds must be 1 to 900."
  }
}

variable "memory_mb" {
  description = "Memory, and with it CPU."
  type        = number

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240
    error_message = "memory_mb must be 128 to 10240."
  }
}

variable "kms_key_arn" {
  description = "The one key."
  type        = string
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps its logs (days)."
  type        = number
}
