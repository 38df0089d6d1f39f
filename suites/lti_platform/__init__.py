"""What an LTI platform with the Platform Notification Service is judged by."""
