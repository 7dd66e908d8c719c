"""The subcommands of ``chainrule``, one module each; what they need is imported when they run."""
