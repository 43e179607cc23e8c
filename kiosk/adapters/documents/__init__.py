"""Reports, previews and films, made from decoded pixels."""
