"""Printers: CUPS, IPP, a folder."""
