"""The exit statuses of the command line."""

USAGE_ERROR = 2  # bad input or options: one line on standard error, nothing written
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED = 141  # 128 + SIGPIPE
