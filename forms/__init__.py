"""Forms: what an analyst draws with form-js, compiled into the one gate that every answer of a person passes."""
