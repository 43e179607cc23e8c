"""The imaging platform: DICOMweb, or a folder of files."""
