"""What is measured, against which peers; and what is endured. `make bench`, `make soak`."""
