"""Other programs' IRC logs as Lines, to be imported or rehearsed."""
