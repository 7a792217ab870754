"""The programs are run by the test, not imported by pytest."""

collect_ignore = ["programs"]
