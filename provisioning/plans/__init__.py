"""Plans: sets of intended effects, computed and shown before anything is done."""
