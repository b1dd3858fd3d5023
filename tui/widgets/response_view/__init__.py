"""What an answer says, shown: JSON folded and searched, text, and bytes."""
