output "queue_urls" {
  description = "URL of the queue to which producers send, by topic."
  value       = module.ingestion.queue_urls
}

output "dead_letter_queue_url" {
  description = "The central queue of dead letters."
  value       = module.ingestion.dead_letter_queue.url
}

output "buckets" {
  description = "Names of the buckets, by their content."
  value       = { for key, bucket in module.shared_services.buckets : key => bucket.name }
}

output "databases" {
  description = "Glue databases of RAW and of the semantic tables."
  value       = module.shared_services.databases
}

output "state_machine_arn" {
  description = "ARN of the state machine of the semantic job. Start it with {\"topic\": …, \"kind\": \"incremental\" | \"rebuild\" | \"redrive\" | \"maintain\"}."
  value       = module.semantic.state_machine_arn
}

output "masking_secret" {
  description = "Name of the secret in which you put the masking key once (docs/aws.md)."
  value       = module.shared_services.masking_secret.name
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = module.quality.dashboard
}

output "glue_script" {
  description = "Location of the semantic job's script. Terraform uploads it."
  value       = module.semantic.script_uri
}
