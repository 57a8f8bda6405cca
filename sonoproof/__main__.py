"""`python -m sonoproof`."""

from sonoproof.cli.app import main

if __name__ == "__main__":
    main()
