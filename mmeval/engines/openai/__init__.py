"""Servers that speak the OpenAI protocol: generation and embedding."""
