"""Content as files: reading, checking, rendering and storing cases, questions and concepts."""
