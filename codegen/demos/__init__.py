"""What `chainrule demo` shows: training on real data, on real text, and pictures of both."""
