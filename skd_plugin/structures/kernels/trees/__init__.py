"""Dynamic programs over dependency trees."""
