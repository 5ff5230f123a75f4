"""A form from a JSON Schema, for whatever asks a person for a value: inputs of jobs, tests of services, approvals.

`shape` reads a schema as something to fill in, `form` builds the fields from what was sent and reads the value out of
it, `texts` turns a value into what the fields show, `words` says what is wrong. Whether a value is right is the
kernel's to say (`kernel/schema.py`); nothing here checks anything.
"""
