"""Coming in and going out, the password, one's own page."""
