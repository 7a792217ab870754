"""The exit statuses of the command line."""

USAGE_ERROR = 2  # bad input or options: one line on standard error, no file written
SIGNALLED = 128  # plus the number of the signal: 130 for Ctrl-C, 143 for SIGTERM
PIPE_CLOSED = 141  # 128 + SIGPIPE
