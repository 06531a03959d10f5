"""Reading and checking BPMN diagrams in the camunda: dialect; nothing here runs a process."""
