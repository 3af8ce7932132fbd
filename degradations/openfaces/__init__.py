"""OpenFaces: aligned faces under open licences, as a recipe that anybody can carry out and check."""
