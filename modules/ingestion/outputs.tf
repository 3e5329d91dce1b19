output "queue_urls" {
  description = "Where producers send, by topic."
  value       = { for topic, queue in aws_sqs_queue.topic : topic => queue.url }
}

output "queue_names" {
  description = "Name of the queue, by topic."
  value       = { for topic, queue in aws_sqs_queue.topic : topic => queue.name }
}

output "dead_letter_queue" {
  description = "The central queue of dead letters."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn, url = aws_sqs_queue.dead_letters.url }
}

output "stream_name" {
  description = "The Firehose stream that writes RAW."
  value       = local.stream_name
}

output "function_names" {
  description = "sqs_processor and firehose_transform."
  value       = local.function_names
}

output "function_environment" {
  description = "Environment variables of every function, stream and central queue included."
  value       = local.function_environment
}

output "schedule_group" {
  description = "The group of this module's schedules."
  value       = aws_scheduler_schedule_group.this.name
}

output "settle_seconds" {
  description = "How long a message may be under way between queue and RAW: Firehose's buffer and retries, and what CloudWatch lags behind."
  value       = var.firehose_buffer_seconds + var.firehose_retry_seconds + 600
}
