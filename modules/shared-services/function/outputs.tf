output "arn" {
  description = "ARN of the function. It is known only when its role has its permissions."
  value       = aws_lambda_function.this.arn
  depends_on  = [aws_iam_role_policy.this]
}

output "name" {
  description = "Name of the function. It is known only when its role has its permissions."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.this]
}
