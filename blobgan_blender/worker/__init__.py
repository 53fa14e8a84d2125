"""The process that owns torch and the model: protocol and client (standard library + numpy), server (torch)."""
