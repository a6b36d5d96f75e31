"""What experiments measure with: trials, their record, statistics over seeds."""
