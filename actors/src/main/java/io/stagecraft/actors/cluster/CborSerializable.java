package io.stagecraft.actors.cluster;

/// Marks messages that may travel to another JVM; `stagecraft-actor-system.conf` binds them to
/// jackson-cbor. Protocols without it stay inside one JVM and say so.
public interface CborSerializable {}
