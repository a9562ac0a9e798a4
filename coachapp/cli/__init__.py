"""The `coachapp` command. Its groups are loaded when asked for, so that each starts quickly."""
