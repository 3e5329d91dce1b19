output "function_arns" {
  description = "water_balance and freshness_sla."
  value       = { for key, function in module.function : key => function.arn }
}

output "raw_tables" {
  description = "What making the RAW tables answered; whoever waits for the tables refers to it."
  value       = aws_lambda_invocation.raw_tables.result
}

output "dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
