"""One module for each target; each the only importer of its SDK."""
