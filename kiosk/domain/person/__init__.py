"""Who stands there: codes, proof, masking, tries."""
