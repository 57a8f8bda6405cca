"""Simulated ultrasound: phantoms and painted colour flow, seeded. Works without torch."""
