"""Simulated learners of known ability: what they practise, sit and get wrong over months."""
