"""More machines for one record: who answers, who stands by, and how the one follows the other."""
