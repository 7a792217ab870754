"""The exit statuses of the command line."""

USAGE_ERROR = 2  # bad input or options: one line on standard error, nothing written
SIGNALLED = 128  # plus the signal's number, as shells report it: 130 for Ctrl-C, 143 for SIGTERM
PIPE_CLOSED = 141  # 128 + SIGPIPE
