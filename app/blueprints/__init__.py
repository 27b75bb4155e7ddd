"""HTTP faces, one package per feature."""
