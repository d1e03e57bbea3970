"""The API under /api/v1: endpoints by subject, and the models that go in and out."""
