"""Texts -> vectors that are kept: the cache, and exact and approximate nearest neighbours."""
