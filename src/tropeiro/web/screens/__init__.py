"""The console: server-rendered pages over the actions and queries of the apps."""
