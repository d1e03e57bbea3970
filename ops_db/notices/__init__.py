"""What people are told in the product: who is told what, and what somebody has not read yet."""
