"""Why a message did not arrive: the checks as they are answered, and the verdict over them. Knows no screen."""
