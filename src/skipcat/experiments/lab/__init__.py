"""The bench of experiments: trials, their record, statistics over seeds, charts."""
