"""Measures Stoker beside the floors of its machine and beside its peers; bench/README.md tells how."""
