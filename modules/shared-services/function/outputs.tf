output "arn" {
  description = "The function; known once its role may do what it needs."
  value       = aws_lambda_function.this.arn
  depends_on  = [aws_iam_role_policy.this]
}

output "name" {
  description = "Its name; known once its role may do what it needs."
  value       = aws_lambda_function.this.function_name
  depends_on  = [aws_iam_role_policy.this]
}
