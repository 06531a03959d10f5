"""A simulator of outside parties, run as a program of its own and spoken to over HTTP only. It says that it is one."""
