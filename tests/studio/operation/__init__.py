"""Tests of what whoever runs the app needs."""
