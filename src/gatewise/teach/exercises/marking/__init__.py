"""Marking: a student's answers, worked line by line on the numbers written before."""
