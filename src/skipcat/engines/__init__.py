"""What runs a network: devices, latency."""
