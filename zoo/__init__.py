"""The application: command line, workspace, pipeline and report."""
