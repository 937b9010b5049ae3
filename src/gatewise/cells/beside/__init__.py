"""What people write beside the equations of a cell: other losses, derivatives by the gates themselves."""
