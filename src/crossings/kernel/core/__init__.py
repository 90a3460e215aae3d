"""What both kernels share: draws, layouts, calendars, queues, choices."""
