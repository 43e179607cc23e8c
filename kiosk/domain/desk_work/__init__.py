"""What the desk asks and shows beyond one patient's file: films with their papers, jobs that go on."""
