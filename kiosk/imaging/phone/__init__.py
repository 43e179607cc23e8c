"""From DICOM objects to what a phone is sent: lossless frames, small pictures, headers; as values, in a worker."""
