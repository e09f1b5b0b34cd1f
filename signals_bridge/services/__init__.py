"""The only writers of signals: one function a verb."""
