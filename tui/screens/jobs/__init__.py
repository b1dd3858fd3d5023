"""What many-at-once came to: a job's screen and the list of jobs, over Compose. Knows no place."""
