"""An archive that speaks DIMSE only (PS3.4 C): links, questions, objects."""
