"""IRC logs that others wrote, as Lines; and what to do with them: import, rehearse."""
