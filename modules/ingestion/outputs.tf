output "queue_urls" {
  description = "URL of the queue to which producers send, by topic."
  value       = { for topic, queue in aws_sqs_queue.topic : topic => queue.url }
}

output "queue_names" {
  description = "Name of each queue, by topic."
  value       = { for topic, queue in aws_sqs_queue.topic : topic => queue.name }
}

output "dead_letter_queue" {
  description = "The central queue of dead letters."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn, url = aws_sqs_queue.dead_letters.url }
}

output "stream_name" {
  description = "Name of the Firehose stream that writes RAW."
  value       = local.stream_name
}

output "function_names" {
  description = "Names of sqs_processor and firehose_transform, by folder."
  value       = local.function_names
}

output "function_environment" {
  description = "Environment variables of every function, including stream and central queue."
  value       = local.function_environment
}

output "schedule_group" {
  description = "Name of this module's schedule group."
  value       = aws_scheduler_schedule_group.this.name
}

output "settle_seconds" {
  description = "How long a reception may take from its queue to RAW (seconds): Firehose's buffer and retries, and ten minutes for CloudWatch's delay."
  value       = var.firehose_buffer_seconds + var.firehose_retry_seconds + 600
}
