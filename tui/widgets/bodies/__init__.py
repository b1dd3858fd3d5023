"""Reading large bodies for the views beside this folder: pure, lazy, in pieces. Nothing here knows Textual."""
