"""What a customer does on his own, over the network: codes, sessions, acts, and what is told of loans."""
