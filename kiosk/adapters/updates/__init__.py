"""Changing a machine: signatures by minisign, releases as folders, the switch by the installer."""
