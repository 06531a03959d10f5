"""What engine and lending both stand on: database, clock, people, parameters, audit, outbox."""
