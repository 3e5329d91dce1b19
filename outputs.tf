output "queue_urls" {
  description = "Where producers send, by topic."
  value       = module.ingestion.queue_urls
}

output "dead_letter_queue_url" {
  description = "The central queue of dead letters."
  value       = module.ingestion.dead_letter_queue.url
}

output "buckets" {
  description = "Names of the buckets, by what they hold."
  value       = { for key, bucket in module.shared_services.buckets : key => bucket.name }
}

output "databases" {
  description = "Glue databases of RAW and of the semantic tables."
  value       = module.shared_services.databases
}

output "state_machine_arn" {
  description = "The semantic job; start it with {\"topic\": …, \"kind\": \"incremental\" | \"rebuild\" | \"redrive\" | \"maintain\"}."
  value       = module.semantic.state_machine_arn
}

output "masking_secret" {
  description = "Where the masking key is to be put once (docs/aws.md)."
  value       = module.shared_services.masking_secret.name
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = module.quality.dashboard
}

output "glue_script" {
  description = "Where the semantic job's script lies; Terraform uploads it."
  value       = module.semantic.script_uri
}
