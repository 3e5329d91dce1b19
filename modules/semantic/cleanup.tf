# An execution that is stopped, times out, or fails in the runtime itself passes no Catch (States.ALL does not catch
# States.Runtime). EventBridge reports its end, and this rule releases the lease that the execution held.
resource "aws_cloudwatch_event_rule" "cleanup" {
  name        = "${var.prefix}-cleanup"
  description = "Executions of the semantic job that ended without success"

  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail = {
      stateMachineArn = [local.state_machine_arn]
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "cleanup" {
  rule = aws_cloudwatch_event_rule.cleanup.name
  arn  = var.water_balance_arn # It gets the whole event and recognizes it by detail-type.

  # A day. The lease expires long before, so a late release only records the cause.
  retry_policy {
    maximum_retry_attempts       = 185
    maximum_event_age_in_seconds = 86400
  }
}

resource "aws_lambda_permission" "cleanup" {
  statement_id  = "${var.prefix}-cleanup"
  action        = "lambda:InvokeFunction"
  function_name = var.water_balance_arn
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.cleanup.arn
}
