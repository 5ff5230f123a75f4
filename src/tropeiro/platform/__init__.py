"""What Tropeiro asks of the operating system: a folder, a database server, child processes."""
