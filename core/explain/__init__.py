"""Why an answer is what it is: each explanation a pure function of images and a model."""
