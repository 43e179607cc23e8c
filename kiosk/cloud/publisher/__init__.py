"""The hospital's side of the cloud film: finds exams, makes them fit for phones, seals them, brings them up."""
