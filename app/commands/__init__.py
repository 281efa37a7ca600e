"""What the command line can do: one module a subject, each adds its commands to the parser of app/cli.py."""
