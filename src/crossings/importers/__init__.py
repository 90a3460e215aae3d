"""Other people's files to a scenario, or to counts seen at a border."""
