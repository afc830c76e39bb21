"""The losses lab: short trainings that differ in one loss, measured side by side."""
