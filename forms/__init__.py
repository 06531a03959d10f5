"""Forms of the processes, and the compiler that turns each into the gate for its input."""
