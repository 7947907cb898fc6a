"""Explanations of a model's answers: pure functions of images and a model, shown on the pages."""
