"""Exams as files for computers: zip archives that are written while they are sent, with a DICOMDIR (PS3.10, PS3.12)."""
