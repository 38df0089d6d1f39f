"""What an LTI tool with notice handlers is judged by."""
