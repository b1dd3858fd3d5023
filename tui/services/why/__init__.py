"""Why a message failed: checks asked of Twilio and of the archive, and one verdict over what they found."""
