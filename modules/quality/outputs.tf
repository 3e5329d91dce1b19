output "function_arns" {
  description = "ARNs of water_balance and freshness_sla, by name."
  value       = { for key, function in module.function : key => function.arn }
}

output "raw_tables" {
  description = "The result of creating the RAW tables. Resources that need the tables depend on it."
  value       = aws_lambda_invocation.raw_tables.result
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
