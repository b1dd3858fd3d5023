"""What a screen may ask for, and the work that outlives it. No Textual in here."""
