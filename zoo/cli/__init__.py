"""The command line: it reads options, calls the application and hands results to `zoo.output`; it decides nothing."""
