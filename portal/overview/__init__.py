"""What the overview shows, counted by the same questions that the lists ask."""
