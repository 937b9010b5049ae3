"""The mistakes that people make of the equations: each with an id, a name and an explanation."""
