"""What is to be said, as phones and marks, to durations, content and melody."""
