"""What people see while something long goes on: live on a terminal, plain lines elsewhere."""
