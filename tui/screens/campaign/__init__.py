"""To many: one text to the rows of a table, checked whole before anything is sent."""
