"""What all tiers share."""

from hypothesis import settings

settings.register_profile("headscope", deadline=None, derandomize=True)
settings.load_profile("headscope")
