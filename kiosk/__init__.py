"""A self-service kiosk for radiology reports, film and cloud film. Knows no Qt."""
