"""Entry point of the `bwc` console script, and nothing more: every worker process imports this module anew."""


def main() -> None:
    """Run the command line and leave with its status."""
    from app.command_line import main as run_command_line

    run_command_line()
