output "state_machine_arn" {
  description = "The semantic job."
  value       = aws_sfn_state_machine.semantic.arn
}

output "schedule_groups" {
  description = "Names of this module's schedule groups."
  value       = [aws_scheduler_schedule_group.this.name, aws_scheduler_schedule_group.maintenance.name]
}

output "script_uri" {
  description = "Location of the job's script."
  value       = "${local.scripts_uri}${local.main_script}"
}
