"""The hospital's systems over HTTP: web services by templates (SOAP among them), and FHIR R4."""
