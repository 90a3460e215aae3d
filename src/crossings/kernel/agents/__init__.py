"""The simulation of each traveller."""
