"""What Twilio is: its requests, answers, errors and arithmetic. Knows nothing of screens."""
