# The rules that tflint carries itself, all of them. The AWS rules are a plugin that tflint downloads from GitHub when it runs;
# test/terraform holds what they would say of enums, names and policies.
plugin "terraform" {
  enabled = true
  preset  = "all"
}
