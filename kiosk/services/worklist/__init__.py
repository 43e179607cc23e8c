"""The exams of the last days, kept in memory beside the archive."""
