"""The voice: a bank of phrases, espeak-ng for what is not in it, or what is said written down."""
