"""The BPMN engine: definitions, runtime, inbox, jobs, timers, messages, history."""
