"""The files of a bundle: which are taken, which are refused, how they are archived."""
