"""The post-mortem of a log that any framework wrote: its numbers, the convention of its loss, a verdict."""
