"""Figures as values: tables whose every cell says what it is made of, and the periods they are about."""
