"""The process that owns the engine and the model: protocol and client (standard library + numpy), server."""
