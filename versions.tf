terraform {
  # 1.9: a validation may use other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 6.25: append_only of Firehose's Iceberg destination, and nodejs24.x.
      version = ">= 6.25, < 7"
    }
  }

  # Remote state: copy environments/backend.tf.example to backend.tf (environments/README.md).
}
