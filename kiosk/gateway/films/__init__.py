"""Films that modalities print: taken by DICOM Print, kept as they came, matched without reading their pictures."""
