"""The product: what a stack deploys. Imports nothing, so that one target never loads another's SDK."""
